import type * as rds from 'aws-cdk-lib/aws-rds';
import { Annotations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { claimExisting } from '../private/boundary/existing';
import { addFindings } from '../private/findings';
import { makeCommon, ownerOf } from '../private/ownership';
import { existingCluster } from '../private/postgres-database';
import { existingDatabaseFindings } from '../private/postgres-findings';
import { isPast, termsFindings } from '../private/terms';
import { type CommonDatabase, existingDatabase, PostgresModule, schemaOf } from './postgres-module';
import type { PostgresDatabaseAddress } from './postgres-store';
import type { IPostgresStore } from './postgres-store-api';

/** Properties of `SharedDatabase`. */
export interface SharedDatabaseProps extends PostgresDatabaseAddress {
  /** Why services share it, in a sentence: it stands in a warning at every synth. */
  readonly reason: string;
  /** The day until which they do, as in `2027-06-30`. After it a second warning says that it has passed. */
  readonly until: string;
}

/** A service's part of a `SharedDatabase`. */
export interface SharedStoreProps {
  /**
   * The directory of the service's SQL files, as in `PostgresStoreProps`. Names without a schema are in its own; new
   * tables belong there.
   * @default - the kit's own tables only
   */
  readonly migrations?: string;
  /**
   * The name of the service's own schema.
   * @default - the service's construct id in snake case: `OrderDesk` is `order_desk`
   */
  readonly schemaName?: string;
  /**
   * Tables of others that the service reads, as in `public.customer`.
   * @default - none
   */
  readonly reads?: string[];
  /**
   * Tables of others that the service reads and writes, as in `public.invoice`.
   * @default - none
   */
  readonly writes?: string[];
}

/**
 * A database that several services share because they always have: who does, why, and until when. A warning says so of each
 * of them at every synth.
 *
 * Each service has a schema and users of its own in it, and names what it still reads and writes of others: its users may
 * do that and no more. Moving out is moving the named tables, one by one; what is left then is a `PostgresStore`.
 *
 * @example
 * declare const stack: cdk.Stack;
 * declare const orders: Service;
 * declare const billing: Service;
 * declare const clusterArn: string;
 * declare const secretArn: string;
 * const legacy = new SharedDatabase(stack, 'Legacy', {
 *   clusterArn,
 *   secretArn,
 *   databaseName: 'erp',
 *   reason: 'billing joins orders with customers; customers move out with the new billing',
 *   until: '2027-06-30',
 * });
 * const orderStore = legacy.storeFor(orders, 'Orders', { writes: ['public.customer'] });
 * const billingStore = legacy.storeFor(billing, 'Billing', { reads: ['public.customer'] });
 */
export class SharedDatabase extends Construct {
  /** The cluster. */
  public readonly cluster: rds.IDatabaseCluster;
  /** The name of the database. */
  public readonly databaseName: string;
  /** Why services share it. */
  public readonly reason: string;
  /** The day until which they do. */
  public readonly until: string;
  private readonly database: CommonDatabase;

  public constructor(scope: Construct, id: string, props: SharedDatabaseProps) {
    super(scope, id);
    makeCommon(this);
    claimExisting(this, [props.clusterArn, props.secretArn]);
    addFindings(this, [...existingDatabaseFindings(props), ...termsFindings(props)]);
    this.reason = props.reason;
    this.until = props.until;
    this.cluster = existingCluster(this, props.clusterArn);
    this.databaseName = props.databaseName;
    this.database = existingDatabase(this, this.cluster, props);
    if (isPast(props.until)) {
      Annotations.of(this).addWarningV2(
        'cdk-database-patterns:sharedDatabaseOverdue',
        `services were to share ${this.node.path} until ${props.until}; move them out, or say until when it is now`,
      );
    }
  }

  /**
   * A service's part of the database: a schema of its own, and users that reach it and what is named, and no more.
   *
   * @param scope the service, or something below it
   * @param id the id of the store
   * @param props its migrations, and what it shares with others
   */
  public storeFor(scope: Construct, id: string, props?: SharedStoreProps): IPostgresStore {
    const reads = props?.reads ?? [];
    const writes = props?.writes ?? [];
    const store = new PostgresModule(scope, id, {
      database: this.database,
      migrations: props?.migrations,
      module: {
        schema: props?.schemaName ?? schemaOf(scope),
        tables: [
          ...reads.map((table) => ({ table, use: 'reads' })),
          ...writes.map((table) => ({ table, use: 'writes' })),
        ],
      },
    });
    const what = [listed('reads', reads), listed('writes', writes)].filter((part) => part !== undefined).join(' and ');
    Annotations.of(store).addWarningV2(
      'cdk-database-patterns:sharedDatabase',
      `${ownerOf(store)?.node.path ?? store.node.path} shares the database ${this.node.path} with other services` +
        `${what === '' ? '' : ` (${what})`} until ${this.until}: ${this.reason}`,
    );
    return store;
  }
}

function listed(use: string, tables: readonly string[]): string | undefined {
  return tables.length === 0 ? undefined : `${use} ${tables.join(', ')}`;
}
