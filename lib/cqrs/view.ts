import type { IDynamoDbStore } from '../stores';

/** Where a projection puts what it makes of the events, and of which kind that is. */
export class View {
  /**
   * One item per stream: the product, the order. Each commit is one conditional write.
   *
   * @param store a table with a partition key and no sort key
   */
  public static entity(store: IDynamoDbStore): View {
    return new View('entity', store);
  }

  /**
   * Totals that many streams move: counts, sums. What a stream contributes and the totals change in one transaction.
   *
   * @param store a table whose keys are the totals' keys
   */
  public static aggregate(store: IDynamoDbStore): View {
    return new View('aggregate', store);
  }

  /** `entity` or `aggregate`. */
  public readonly kind: string;
  /** The table. */
  public readonly store: IDynamoDbStore;

  private constructor(kind: string, store: IDynamoDbStore) {
    this.kind = kind;
    this.store = store;
  }
}
