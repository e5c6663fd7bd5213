import { command, commands } from 'cdk-database-patterns-lambda/cqrs';
import { sql } from 'cdk-database-patterns-lambda/stores';
import { note, noted } from './note.js';

export const handler = commands(note, {
  Write: command(noted, ({ id, data }) => ({
    statements: [sql('insert into note (id, text) values (:id, :text)', { id, ...data })],
    events: [note.events.Noted(data)],
  })),
});
