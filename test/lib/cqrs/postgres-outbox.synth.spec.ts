import { Duration } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { CommandApi } from '../../../lib/index.js';
import { CLUSTER_ARN, newCommands, newShop, postgresOutbox } from '../support/shop.js';
import { newHandler, rendered, Synthesised } from '../support/synthesis.js';

function synthesise() {
  const shop = newShop();
  const outbox = postgresOutbox(newCommands(shop));
  return { ...shop, outbox, synthesised: new Synthesised(shop.stack) };
}

/** The secret of a database user. */
function secretOf(synthesised: Synthesised, user: string): string {
  const secrets = Object.entries(synthesised.template.findResources('AWS::SecretsManager::Secret'));
  const id = secrets.find(([, secret]) => JSON.stringify(secret).includes(`\\"${user}\\"`))?.[0];
  return `<${id ?? `no ${user}`}>`;
}

describe('an outbox in PostgreSQL', () => {
  it('is one for all command APIs of a store', () => {
    const shop = newShop();
    const first = newCommands(shop);
    const handler = newHandler(shop.catalog, 'Categories');
    const second = new CommandApi(shop.catalog, 'More', { store: shop.products, handler, stream: 'category' });
    expect(second.outbox).toBe(first.outbox);
    new Synthesised(shop.stack).template.resourceCountIs('AWS::SQS::Queue', 1);
  });

  it('sweeps with the relay, which no two but a few run at once', () => {
    const { synthesised, outbox } = synthesise();
    const { Properties = {} } = synthesised.only('AWS::Lambda::EventSourceMapping');
    expect(rendered(Properties['EventSourceArn'])).toBe(`<${synthesised.idOf(outbox.sweepQueue)}.Arn>`);
    expect(rendered(Properties['FunctionName'])).toBe(`<${synthesised.idOf(outbox.relay)}>`);
    expect(Properties).toMatchObject({ ScalingConfig: { MaximumConcurrency: 2 } });
  });

  it('has all sweeps of a batch come again when the relay fails, since it serves them in one run', () => {
    const { synthesised } = synthesise();
    const { Properties = {} } = synthesised.only('AWS::Lambda::EventSourceMapping');
    expect(Properties).not.toHaveProperty('FunctionResponseTypes');
  });

  it('keeps a sweep until it succeeds, encrypted and over TLS', () => {
    const { synthesised, outbox } = synthesise();
    expect(synthesised.propertiesOf(outbox.sweepQueue)).toMatchObject({
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
      VisibilityTimeout: 360,
    });
    const { Properties = {} } = synthesised.only('AWS::SQS::QueuePolicy');
    expect(JSON.stringify(Properties['PolicyDocument'])).toContain('"aws:SecureTransport":"false"');
  });

  it('tells the relay what it needs to know', () => {
    const { synthesised, outbox, events } = synthesise();
    expect(synthesised.variable(outbox.relay, 'DBPATTERNS_OUTBOX')).toEqual({
      service: 'catalog',
      bus: `<${synthesised.idOf(events.eventBus)}>`,
      sweepQueue: `<${synthesised.idOf(outbox.sweepQueue)}>`,
      entryLimit: 262_144,
      retentionDays: 7,
      historyDays: 730,
      store: 'PRODUCTS',
    });
    expect(synthesised.variable(outbox.relay, 'DBPATTERNS_STORE_PRODUCTS')).toMatchObject({
      secretArn: secretOf(synthesised, 'catalog_relay'),
    });
  });

  it('lets the relay publish and arm itself again, as its own database user', () => {
    const { synthesised, outbox, events } = synthesise();
    const queue = `<${synthesised.idOf(outbox.sweepQueue)}.Arn>`;
    const allowed = synthesised.allowed(outbox.relay).filter((line) => !line.startsWith('logs:'));
    expect([...new Set(allowed)]).toEqual([
      `events:PutEvents <${synthesised.idOf(events.eventBus)}.Arn>`,
      `rds-data:ExecuteStatement ${CLUSTER_ARN}`,
      `secretsmanager:GetSecretValue ${secretOf(synthesised, 'catalog_relay')}`,
      `sqs:ChangeMessageVisibility ${queue}`,
      `sqs:DeleteMessage ${queue}`,
      `sqs:GetQueueAttributes ${queue}`,
      `sqs:GetQueueUrl ${queue}`,
      `sqs:ReceiveMessage ${queue}`,
      `sqs:SendMessage ${queue}`,
    ]);
  });

  it('lets history be read and nothing else', () => {
    const { synthesised, outbox } = synthesise();
    const { Environment } = synthesised.propertiesOf(outbox.history) as { Environment: { Variables: object } };
    expect(Object.keys(Environment.Variables)).toEqual(['DBPATTERNS_STORE_PRODUCTS']);
    expect(synthesised.variable(outbox.history, 'DBPATTERNS_STORE_PRODUCTS')).toMatchObject({
      secretArn: secretOf(synthesised, 'catalog_history'),
    });
    expect(synthesised.allowed(outbox.history).filter((line) => !line.startsWith('logs:'))).toEqual([
      `rds-data:ExecuteStatement ${CLUSTER_ARN}`,
      `secretsmanager:GetSecretValue ${secretOf(synthesised, 'catalog_history')}`,
    ]);
  });

  it('keeps commands for the longest retention that is asked for', () => {
    const shop = newShop();
    const { outbox } = newCommands(shop);
    const handler = newHandler(shop.catalog, 'Categories');
    const retention = Duration.days(30);
    new CommandApi(shop.catalog, 'More', { store: shop.products, handler, stream: 'category', retention });
    expect(new Synthesised(shop.stack).variable(outbox.relay, 'DBPATTERNS_OUTBOX')).toMatchObject({
      retentionDays: 30,
    });
  });

  it('keeps history for the longest time that is asked for, where nothing is said for two years', () => {
    const historyDays = (...asked: (Duration | undefined)[]) => {
      const shop = newShop();
      const outboxes = asked.map((historyRetention, n) => {
        const handler = newHandler(shop.catalog, `Handler${n}`);
        const props = { store: shop.products, handler, stream: `stream${n}`, historyRetention };
        return postgresOutbox(new CommandApi(shop.catalog, `Commands${n}`, props));
      });
      return new Synthesised(shop.stack).variable(outboxes[0]!.relay, 'DBPATTERNS_OUTBOX');
    };
    expect(historyDays(Duration.days(30), Duration.days(90))).toMatchObject({ historyDays: 90 });
    expect(historyDays(Duration.days(30), undefined)).toMatchObject({ historyDays: 730 });
  });

  it('raises an alarm when its relay fails again and again, and when a commit waits', () => {
    const { synthesised, outbox } = synthesise();
    const [errors, age] = outbox.alarms.map((alarm) => synthesised.propertiesOf(alarm));
    expect(errors).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Dimensions: [{ Name: 'FunctionName', Value: { Ref: synthesised.idOf(outbox.relay) } }],
      Threshold: 0,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 2,
    });
    expect(age).toMatchObject({
      Namespace: 'cdk-database-patterns',
      MetricName: 'OutboxAge',
      Dimensions: [
        { Name: 'Function', Value: { Ref: synthesised.idOf(outbox.relay) } },
        { Name: 'Store', Value: 'catalog/PRODUCTS' },
      ],
      Statistic: 'Maximum',
      Threshold: 300,
    });
  });

  it('runs its functions on a current Node, with logs that end and no managed policy', () => {
    const { synthesised, outbox } = synthesise();
    for (const fn of [outbox.relay, outbox.history]) {
      expect(synthesised.propertiesOf(fn)).toMatchObject({ Runtime: 'nodejs22.x', Architectures: ['arm64'] });
      const { LoggingConfig, Role } = synthesised.propertiesOf(fn) as Record<'LoggingConfig' | 'Role', unknown>;
      const logGroup = rendered((LoggingConfig as { LogGroup: unknown }).LogGroup).slice(1, -1);
      expect(synthesised.resource(logGroup).Properties).toMatchObject({ RetentionInDays: 30 });
      const role = rendered(Role).slice(1, -'.Arn>'.length);
      expect(synthesised.resource(role).Properties).not.toHaveProperty('ManagedPolicyArns');
      expect(synthesised.allowed(fn)).toContain(`logs:PutLogEvents <${logGroup}.Arn>`);
    }
  });
});
