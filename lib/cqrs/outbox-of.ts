import type { ICommitStore, IPostgresStore, IWriteModel } from '../stores';
import { CommitOutbox } from './commit-outbox';
import { Outbox } from './outbox';
import { PostgresOutbox } from './postgres-outbox';

const ID = 'Outbox';

/** The outbox of a store; made on first need. */
export function outboxOf(store: IWriteModel): Outbox {
  const known = store.node.tryFindChild(ID);
  if (known instanceof Outbox) {
    return known;
  }
  if (isPostgres(store)) {
    return PostgresOutbox._for(store, ID);
  }
  if (isCommits(store)) {
    return CommitOutbox._for(store, ID);
  }
  throw new Error(
    `${store.node.path} says that its write model is "${store.writeModel}"; allowed: the stores of this package, ` +
      'PostgresStore ("postgres") and CommitStore ("commits"): create one of these',
  );
}

function isPostgres(store: IWriteModel): store is IPostgresStore {
  return store.writeModel === 'postgres';
}

function isCommits(store: IWriteModel): store is ICommitStore {
  return store.writeModel === 'commits';
}
