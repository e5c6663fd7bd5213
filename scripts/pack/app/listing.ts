import { projection, put } from 'cdk-database-patterns-lambda/cqrs';
import { note } from './note.js';

export const handler = projection(note, { Noted: ({ data }) => put(data) });
