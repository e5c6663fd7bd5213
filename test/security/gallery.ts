import * as events from 'aws-cdk-lib/aws-events';
import * as kms from 'aws-cdk-lib/aws-kms';
import { App, Stack } from 'aws-cdk-lib/core';
import {
  ArchivedHistory,
  CommandApi,
  CommitStore,
  Decider,
  DomainEvents,
  DynamoDbStore,
  PostgresStore,
  Projection,
  Service,
  StoreAccess,
  View,
} from '../../lib/index.js';
import { newHandler } from '../lib/support/synthesis.js';
import { REGION } from './template.js';

/**
 * What the shop does not have: a bus that other apps meet, so that stores and queues are closed, a key of its own, for a
 * database too, an archive, reactions, handlers in other languages.
 */
export function gallery(): Stack {
  const stack = new Stack(new App(), 'Gallery', { env: { region: REGION } });
  const domainEvents = new DomainEvents(stack, 'Events', { busName: 'company' });
  const archive = new events.Archive(stack, 'Archive', {
    sourceEventBus: domainEvents.eventBus,
    eventPattern: { source: ['notes'], detailType: ['note'] },
  });

  const encryptionKey = new kms.Key(stack, 'Key');
  const notes = new Service(stack, 'Notes', { events: domainEvents, encryptionKey });
  const kept = new CommitStore(notes, 'Kept');
  const commands = new CommandApi(notes, 'Commands', {
    store: kept,
    handler: newHandler(notes, 'Write'),
    stream: 'note',
  });
  const books = new PostgresStore(notes, 'Books');
  books.wire(newHandler(notes, 'Book'), StoreAccess.READ_WRITE);
  const booker = Decider.commands(notes, 'Booker', newHandler(notes, 'DecideBooking'));
  new CommandApi(notes, 'Bookings', { store: books, handler: booker, stream: 'booking' });
  const quote = notes.operation('Quote', newHandler(notes, 'QuoteFunction'));

  const readers = new Service(stack, 'Readers', { events: domainEvents });
  const archived = new ArchivedHistory(readers, 'Archived', { of: commands.stream, archiveArn: archive.archiveArn });
  const handler = Decider.projection(readers, 'Keeper', newHandler(readers, 'Decide'));
  const listing = new DynamoDbStore(readers, 'Listing', { partitionKey: 'note' });
  new Projection(readers, 'Listed', { of: archived.stream, into: View.entity(listing), handler });

  const mail = newHandler(readers, 'Mail');
  const sent = new DynamoDbStore(readers, 'Sent', { partitionKey: 'note' });
  new Projection(readers, 'Mailed', { of: commands.stream, into: View.reactions(sent), handler: mail });
  quote.wire(mail);
  return stack;
}
