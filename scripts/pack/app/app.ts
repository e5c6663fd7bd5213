import * as lambda from 'aws-cdk-lib/aws-lambda';
import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib/core';
import {
  CommandApi,
  DomainEvents,
  DynamoDbStore,
  PostgresStore,
  Projection,
  QueryApi,
  Service,
  View,
} from 'cdk-database-patterns';

// #region use
const app = new App();
const stack = new Stack(app, 'Notes');

// Set by dbpatterns; in an account there is none, and the store is a cluster.
const local = JSON.parse(process.env.DBPATTERNS_LOCAL_DATABASES ?? '{}') as Record<
  string,
  { clusterArn: string; secretArn: string } | undefined
>;

const notes = new Service(stack, 'NoteService', { events: new DomainEvents(stack, 'Events') });
const fn = (name: string): lambda.Function =>
  new lambda.Function(notes, name, {
    runtime: lambda.Runtime.NODEJS_22_X,
    handler: 'index.handler',
    code: lambda.Code.fromAsset(`dist/${name}`),
    timeout: Duration.seconds(30),
    environment: { NODE_OPTIONS: '--enable-source-maps' },
  });
const store = local.notes
  ? PostgresStore.fromDataApi(notes, 'Store', { ...local.notes, databaseName: 'notes', migrations: 'sql' })
  : new PostgresStore(notes, 'Store', { databaseName: 'notes', migrations: 'sql' });
const commands = new CommandApi(notes, 'Commands', { store, handler: fn('commands'), stream: 'note' });
const view = new DynamoDbStore(notes, 'View', { partitionKey: 'id', development: local.notes !== undefined });
new Projection(notes, 'Listing', { of: commands.stream, into: View.entity(view), handler: fn('listing') });
const queries = new QueryApi(notes, 'Queries', { store: view, handler: fn('queries') });

new CfnOutput(stack, 'CommandsUrl', { value: commands.url });
new CfnOutput(stack, 'QueriesUrl', { value: queries.url });
app.synth();
// #endregion
