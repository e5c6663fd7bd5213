import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as rds from 'aws-cdk-lib/aws-rds';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct, IConstruct } from 'constructs';
import { admit } from '../private/boundary/admissions';
import { addFindings } from '../private/findings';
import { Migrations, type ModuleSettings, upkeepOf } from '../private/migrations';
import { moduleFindings } from '../private/module-findings';
import { ownerOf, takePart } from '../private/ownership';
import { words } from '../private/words';
import type { PostgresDatabaseAddress } from './postgres-store';
import { PostgresStoreBase } from './postgres-store-base';
import type { StoreAccess } from './store';

/**
 * A database in which several services have parts.
 * @internal
 */
export interface CommonDatabase {
  readonly cluster: rds.IDatabaseCluster;
  readonly clusterArn: string;
  readonly databaseName: string;
  readonly masterSecretArn: string;
  readonly encryptionKey?: kms.IKey;
  /** Where what works with the master's rights stands: below no service. */
  readonly scope: Construct;
  /** Schema to the path of the store that has it. */
  readonly schemas: Map<string, string>;
  /** Whether the cluster is made with the app. */
  readonly made: boolean;
}

/**
 * What a part of it is.
 * @internal
 */
export interface PostgresModuleProps {
  readonly database: CommonDatabase;
  readonly module: ModuleSettings;
  /**
   * The directory of the service's SQL files.
   * @default - the kit's own tables only
   */
  readonly migrations?: string;
}

/**
 * A store that is a schema of a database with users of its own.
 * @internal
 */
export class PostgresModule extends PostgresStoreBase {
  public readonly cluster: rds.IDatabaseCluster;
  public readonly clusterArn: string;
  public readonly databaseName: string;
  /** @internal */
  protected override readonly _schema: string;
  /** @internal */
  protected readonly _migrations: Migrations;
  /** @internal */
  protected readonly _encryptionKey?: kms.IKey;
  private readonly upkeep: Construct;
  private readonly admitted = new Set<secretsmanager.ISecret>();

  public constructor(scope: Construct, id: string, props: PostgresModuleProps) {
    super(scope, id);
    const { database, module } = props;
    addFindings(this, moduleFindings(this, database, module));
    takePart(database.scope, this);
    const taken = database.schemas.has(module.schema);
    database.schemas.set(module.schema, database.schemas.get(module.schema) ?? this.node.path);
    this.cluster = database.cluster;
    this.clusterArn = database.clusterArn;
    this.databaseName = database.databaseName;
    this._schema = module.schema;
    this._encryptionKey = database.encryptionKey;
    this.upkeep = upkeepOf(database.scope, taken ? this.node.addr : module.schema);
    this._migrations = new Migrations(this.upkeep, 'Migrations', {
      clusterArn: database.clusterArn,
      secretArn: database.masterSecretArn,
      databaseName: database.databaseName,
      directory: props.migrations,
      encryptionKey: database.encryptionKey,
      module,
      after: database.made ? database.cluster : undefined,
    });
  }

  public override userSecret(access: StoreAccess): secretsmanager.ISecret {
    const secret = super.userSecret(access);
    if (!this.admitted.has(secret)) {
      this.admitted.add(secret);
      admit(secret, { principal: this.upkeep, reason: 'the migrations of the database make its users' });
    }
    return secret;
  }
}

/**
 * A database that exists, for parts of it.
 * @internal
 */
export function existingDatabase(
  scope: Construct,
  cluster: rds.IDatabaseCluster,
  { clusterArn, secretArn, databaseName }: PostgresDatabaseAddress,
): CommonDatabase {
  return { cluster, clusterArn, databaseName, masterSecretArn: secretArn, scope, schemas: new Map(), made: false };
}

/**
 * The schema of whatever service a construct belongs to.
 * @internal
 */
export function schemaOf(construct: IConstruct): string {
  return words((ownerOf(construct) ?? construct).node.id).join('_');
}
