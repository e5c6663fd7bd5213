import validate from 'asl-validator';
import { Duration } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { DynamoDbStore, Projection, Service, View, type ProjectionProps } from '../../../lib/index.js';
import { newCommands, newShop } from '../support/shop.js';
import { newHandler, rendered, Synthesised } from '../support/synthesis.js';

interface Definition {
  readonly States: Record<string, Record<string, unknown>>;
}

function synthesise(props: Partial<ProjectionProps> = {}) {
  const shop = newShop();
  const { stream } = newCommands(shop);
  const browse = new Service(shop.stack, 'Browse', { events: shop.events });
  const view = new DynamoDbStore(browse, 'View', { partitionKey: 'productId' });
  const handler = newHandler(browse, 'ListingHandler');
  const projection = new Projection(browse, 'Listing', { of: stream, into: View.entity(view), handler, ...props });
  const synthesised = new Synthesised(shop.stack);
  const machine = synthesised.only('AWS::StepFunctions::StateMachine');
  const text = rendered(machine.Properties?.['DefinitionString']);
  const functionArn = `<${synthesised.idOf(handler)}.Arn>`;
  return { ...shop, handler, projection, synthesised, machine, text, functionArn };
}

/** All tasks, those of a segment included. */
function tasksOf(text: string): Record<string, unknown>[] {
  const { States } = JSON.parse(text) as Definition;
  const { ItemProcessor } = States['Segments'] as unknown as { ItemProcessor: Definition };
  return [States, ItemProcessor.States]
    .flatMap((states) => Object.values(states))
    .filter(({ Type }) => Type === 'Task');
}

describe('the rebuild of a view', () => {
  it('is a valid state machine', () => {
    const { text, functionArn } = synthesise();
    const arn = 'arn:aws:lambda:eu-west-1:123456789012:function:listing';
    const definition = JSON.parse(text.replaceAll(functionArn, arn)) as object;
    expect(validate(definition).errors).toEqual([]);
  });

  it('calls the function of the projection and nothing else', () => {
    const { text, functionArn } = synthesise();
    expect(tasksOf(text).map(({ Resource }) => Resource)).toEqual(Array(5).fill(functionArn));
  });

  it('tries what passes again on every call, and what does not on none', () => {
    for (const { Retry, TimeoutSeconds } of tasksOf(synthesise().text)) {
      const [first, ...others] = Retry as { ErrorEquals: string[] }[];
      expect(others).toEqual([]);
      expect(first?.ErrorEquals).toEqual(
        expect.arrayContaining(['RebuildUnavailableError', 'Lambda.TooManyRequestsException', 'Lambda.Unknown']),
      );
      expect(first?.ErrorEquals).not.toContain('States.ALL');
      expect(TimeoutSeconds).toBe(900);
    }
  });

  it('may invoke that function, and run its own segments', () => {
    const { synthesised, machine, functionArn } = synthesise();
    const role = rendered(machine.Properties?.['RoleArn']).slice(1, -'.Arn>'.length);
    const statements = Object.values(synthesised.template.findResources('AWS::IAM::Policy'))
      .map(({ Properties }) => Properties as { Roles: unknown[]; PolicyDocument: { Statement: Statement[] } })
      .filter(({ Roles }) => Roles.some((each) => rendered(each) === `<${role}>`))
      .flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    const lines = statements.flatMap(({ Action, Resource }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((each) => `${action} ${rendered(each)}`)),
    );
    const executions = `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:<${machine.id}.Name>`;
    expect(lines.filter((line) => !line.startsWith('logs:'))).toEqual([
      `lambda:InvokeFunction ${functionArn}`,
      `states:StartExecution <${machine.id}>`,
      `states:DescribeExecution ${executions}:*`,
      `states:StopExecution ${executions}:*`,
    ]);
  });

  it('logs failures and no data, for a month', () => {
    const { synthesised, machine } = synthesise();
    const { Level, IncludeExecutionData, Destinations } = machine.Properties?.['LoggingConfiguration'] as Logging;
    expect({ Level, IncludeExecutionData }).toEqual({ Level: 'ERROR', IncludeExecutionData: false });
    const logGroup = rendered(Destinations[0]?.CloudWatchLogsLogGroup.LogGroupArn).slice(1, -'.Arn>'.length);
    expect(synthesised.resource(logGroup).Properties).toMatchObject({ RetentionInDays: 30 });
    expect(machine.Properties).toMatchObject({ TracingConfiguration: { Enabled: false } });
  });

  it.each([
    [undefined, 86_400],
    [Duration.days(7), 604_800],
    [Duration.days(0), 0],
  ])('keeps the generation of before for as long as it is told: %s', (keepPrevious, keep) => {
    const { States } = JSON.parse(synthesise({ keepPrevious }).text) as Definition;
    expect(States['Start']).toMatchObject({ Parameters: { step: 'start', keep, 'input.$': '$' } });
  });

  it('says so to its function whatever it ends with', () => {
    const { States } = JSON.parse(synthesise().text) as Definition;
    const working = Object.entries(States).filter(
      ([name, { Type }]) => /Task|Map/.test(String(Type)) && name !== 'Give up',
    );
    expect(working.map(([name]) => name).toSorted()).toEqual(['Do', 'Go on', 'Segments', 'Start']);
    for (const [, { Catch }] of working) {
      expect((Catch as object[]).at(-1)).toEqual({
        ErrorEquals: ['States.ALL'],
        ResultPath: '$.fault',
        Next: 'Give up',
      });
    }
  });

  it('does not fail, and so calls nobody, where what it is asked for is refused', () => {
    const { States } = JSON.parse(synthesise().text) as Definition;
    expect(States['Start']?.['Catch']).toMatchObject([
      { ErrorEquals: ['RebuildError'], Next: 'Refused' },
      { Next: 'Give up' },
    ]);
    expect(States['Refused']).toMatchObject({ Next: 'Over' });
    expect(States['Over']).toEqual({ Type: 'Succeed' });
  });

  it('raises an alarm when it fails or is ended from outside', () => {
    const { projection, synthesised, machine } = synthesise();
    const alarms = projection.alarms.slice(-2).map((alarm) => synthesised.propertiesOf(alarm));
    const Dimensions = [{ Name: 'StateMachineArn', Value: { Ref: machine.id } }];
    const common = { Namespace: 'AWS/States', Dimensions, Statistic: 'Sum', Threshold: 0 };
    expect(alarms).toMatchObject([
      { ...common, MetricName: 'ExecutionsFailed', ComparisonOperator: 'GreaterThanThreshold' },
      { ...common, MetricName: 'ExecutionsAborted', ComparisonOperator: 'GreaterThanThreshold' },
    ]);
  });

  it('can be found by tools, with what it rebuilds', () => {
    const { machine } = synthesise({ version: '3' });
    expect(machine.Metadata?.['cdk-database-patterns']).toEqual({
      kind: 'projection',
      name: 'browse/Listing',
      service: 'catalog',
      stream: 'product',
      version: '3',
    });
  });
});

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
}

interface Logging {
  readonly Level: string;
  readonly IncludeExecutionData: boolean;
  readonly Destinations: { CloudWatchLogsLogGroup: { LogGroupArn: unknown } }[];
}
