import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { type App, Stack } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { storefront } from '../../examples/storefront/services/app.js';
import { exampleApps } from '../../scripts/templates/synthesise.js';

/** Each example as an account gets it. */
const examples: Readonly<Record<string, () => App>> = { storefront: () => storefront({ databases: {} }) };

/**
 * What holds data or is known by name to others. CloudFormation replaces a resource whose logical id changes: the new
 * one is empty, and the old one is deleted or, retained, belongs to nobody.
 *
 * A new stateful resource is a new line in logical-ids.json. A line may change or go only if the resource has never
 * been deployed, or with a way to keep its data in docs/: then edit the JSON by hand, as this test's difference shows.
 */
const STATEFUL = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::Events::EventBus',
  'AWS::KMS::Key',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
  'AWS::SQS::Queue',
  'AWS::SecretsManager::Secret',
];

function statefulResources(stack: Stack): Record<string, string> {
  const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string }> };
  return Object.fromEntries(
    Object.entries(Resources)
      .map(([id, { Type }]) => [id, Type] as const)
      .filter(([, type]) => STATEFUL.includes(type))
      .sort(([a], [b]) => a.localeCompare(b)),
  );
}

describe('the logical ids of stateful resources', () => {
  it('are pinned for each example', () => {
    expect(Object.keys(examples)).toEqual(exampleApps());
  });

  it('of the examples are those that are deployed', () => {
    const stacks = Object.values(examples).flatMap((app) =>
      app().node.children.filter((child) => Stack.isStack(child)),
    );
    const now = Object.fromEntries(stacks.map((stack) => [stack.node.id, statefulResources(stack)]));
    const file = new URL('logical-ids.json', import.meta.url);

    expect(now).toEqual(JSON.parse(readFileSync(file, 'utf8')));
  });
});
