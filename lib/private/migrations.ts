import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { CustomResource, Duration, Lazy, Stack } from 'aws-cdk-lib/core';
import * as customResources from 'aws-cdk-lib/custom-resources';
import { Construct, type IDependable } from 'constructs';
import { GET_SECRET, STATEMENT, TRANSACTION } from './data-api-actions';
import { addFindings } from './findings';
import { KitFunction } from './kit-function';
import { KitRole } from './kit-role';
import { cfnResource, describe } from './metadata';
import { migrationBundle, migrationFindings } from './migration-bundle';

/** The framework of the CDK waits 15 minutes at most for the function that it calls. */
const LONGEST_MIGRATION = Duration.minutes(14);

export interface MigrationsProps {
  readonly clusterArn: string;
  /** The secret of a user who may create tables, functions and users. */
  readonly secretArn: string;
  readonly databaseName: string;
  /**
   * The key of the secrets.
   * @default - the account's key
   */
  readonly encryptionKey?: kms.IKey;
  /**
   * The user's SQL files.
   * @default - none
   */
  readonly directory?: string;
  /**
   * The schema that is all of the store, and what its migrations may reach beside it.
   * @default - the database is the store's alone
   */
  readonly module?: ModuleSettings;
  /**
   * What has to stand before the first statement: the cluster's instances.
   * @default - nothing
   */
  readonly after?: IDependable;
}

/** A part of a database that others have parts of too. */
export interface ModuleSettings {
  readonly schema: string;
  /** Tables of others, `schema.table`, and what for: `references`, `reads` or `writes`. */
  readonly tables: readonly { readonly table: string; readonly use: string }[];
}

export interface DatabaseUser {
  readonly name: string;
  readonly access: string;
  readonly secret: secretsmanager.ISecret;
}

/** Where a part's migrations stand: below the database and none of its services, since they have the master's rights. */
export function upkeepOf(database: Construct, part: string): Construct {
  return new Construct(database, part);
}

/**
 * Brings a database to the state that its handlers expect, at deploy and before they switch: the kit's tables, the
 * user's SQL files, the database users.
 */
export class Migrations extends Construct {
  public readonly function: lambda.Function;
  private readonly resource: CustomResource;
  private readonly users: DatabaseUser[] = [];

  public constructor(scope: Construct, id: string, props: MigrationsProps) {
    super(scope, id);
    addFindings(this, migrationFindings(props.directory));
    const bundle = migrationBundle(this, props.directory);
    this.function = new KitFunction(this, 'Run', {
      handler: 'migrate',
      description: `Applies the migrations of ${scope.node.path}`,
      code: lambda.Code.fromAsset(bundle.directory),
      timeout: LONGEST_MIGRATION,
    }).function;
    const stack = Stack.of(this);
    this.function.addEnvironment(
      'DBPATTERNS_MIGRATIONS',
      Lazy.string({
        produce: () =>
          stack.toJsonString({
            clusterArn: props.clusterArn,
            secretArn: props.secretArn,
            database: props.databaseName,
            schema: props.module?.schema,
            tables: props.module?.tables,
            // For a direct call, where custom resources do not run.
            users: this.renderedUsers(),
          }),
      }),
    );
    iam.Grant.addToPrincipal({
      grantee: this.function,
      actions: [...STATEMENT, ...TRANSACTION],
      resourceArns: [props.clusterArn],
    });
    this.allowSecret(props.secretArn);
    props.encryptionKey?.grantDecrypt(this.function);
    // A target that runs no custom resources (LocalStack's free edition) has its deploy command look for this.
    describe(this.function, 'migrations');

    const { role, logGroup } = new KitRole(this, 'Caller', {
      description: `Calls the migrations of ${scope.node.path}`,
    });
    const provider = new customResources.Provider(this, 'Provider', {
      onEventHandler: this.function,
      frameworkOnEventRole: role,
      logGroup,
    });
    this.resource = new CustomResource(this, 'Applied', {
      resourceType: 'Custom::DatabaseMigrations',
      serviceToken: provider.serviceToken,
      properties: {
        Checksum: bundle.checksum,
        ...(props.module === undefined ? {} : { Module: props.module }),
        Users: Lazy.any({ produce: () => this.renderedUsers() }),
      },
    });
    if (props.after !== undefined) {
      this.resource.node.addDependency(props.after);
    }
  }

  /** Has the next run make a database user, or give it the password of its secret. */
  public addUser(user: DatabaseUser): void {
    this.users.push(user);
    this.allowSecret(user.secret.secretArn);
  }

  /** Holds a function back until the migrations are applied; only the function, since its role may be needed before. */
  public runBefore(handler: lambda.IFunction): void {
    const migrated = cfnResource(this.resource);
    if (migrated !== undefined) {
      // Between their nodes: CfnResource#addDependency is deprecated in versions of the CDK that are newer than the oldest allowed.
      cfnResource(handler)?.node.addDependency(migrated);
    }
  }

  private renderedUsers(): { name: string; access: string; secretArn: string }[] {
    return this.users.map(({ name, access, secret }) => ({ name, access, secretArn: secret.secretArn }));
  }

  private allowSecret(secretArn: string): void {
    iam.Grant.addToPrincipal({ grantee: this.function, actions: GET_SECRET, resourceArns: [secretArn] });
  }
}
