import { Match } from 'aws-cdk-lib/assertions';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { describe, expect, it } from 'vitest';
import { DynamoDbStore, Projection, Service, View } from '../../../lib/index.js';
import { newCommands, newSales, newShop } from '../support/shop.js';
import { newHandler, Synthesised } from '../support/synthesis.js';

const ALARM = 'AWS::CloudWatch::Alarm';
const pager: cloudwatch.IAlarmAction = { bind: () => ({ alarmActionArn: 'arn:aws:sns:eu-west-1:123456789012:pager' }) };

/** A shop with all that is watched: both kinds of write model and a projection. */
function synthesise(alarmActions?: cloudwatch.IAlarmAction[]): Synthesised {
  const shop = newShop({ alarmActions });
  const { stream } = newCommands(shop);
  newSales(shop);
  const browse = new Service(shop.stack, 'Browse', { events: shop.events });
  const into = View.entity(new DynamoDbStore(browse, 'View', { partitionKey: 'productId' }));
  new Projection(browse, 'Listing', { of: stream, into, handler: newHandler(browse) });
  return new Synthesised(shop.stack);
}

describe('the alarms of the services on a bus', () => {
  it('are there without being asked for, and tell nobody', () => {
    const { template } = synthesise();
    template.resourceCountIs(ALARM, 10);
    template.allResourcesProperties(ALARM, { AlarmActions: Match.absent() });
  });

  it('tell whom the bus says, all of them', () => {
    synthesise([pager]).template.allResourcesProperties(ALARM, {
      AlarmActions: ['arn:aws:sns:eu-west-1:123456789012:pager'],
    });
  });

  it('say what happened and what to do', () => {
    const alarms = Object.values(synthesise().template.findResources(ALARM));
    const descriptions = alarms.map(({ Properties }) => (Properties as { AlarmDescription: string }).AlarmDescription);
    expect(new Set(descriptions).size).toBe(10);
    for (const description of descriptions) expect(description.length).toBeLessThanOrEqual(1024);
  });

  it('are of metrics that one call can ask for, since not every target does arithmetic', () => {
    synthesise().template.allResourcesProperties(ALARM, { Metrics: Match.absent(), MetricName: Match.anyValue() });
  });
});
