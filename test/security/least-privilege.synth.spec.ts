import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as iam from 'aws-cdk-lib/aws-iam';
import { FileSystem, Stack } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { storefront } from '../../examples/storefront/services/app.js';
import { root } from '../../scripts/support/paths.js';
import { type Expected, GALLERY, SHOP } from './expected.js';
import { gallery } from './gallery.js';
import { type Context, decide, list, type Statement } from './policy.js';
import { contextOf, policyOf, Rights, type Role, rolesOf } from './rights.js';
import { ACCOUNT, Template } from './template.js';

function shop(): Stack {
  const stack = storefront({ databases: {} }).node.children.find((child) => Stack.isStack(child));
  if (stack === undefined) throw new Error('the storefront has no stack');
  return stack;
}

/** Resources of more than one that a policy may name, each with its reason. */
const WILDCARDS: { resource: RegExp; actions: RegExp; reason: string }[] = [
  {
    resource: /^\*$/,
    actions:
      /^logs:(Create|Get|Update|Delete|List)LogDeliver(y|ies)$|^logs:(PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups)$/,
    reason: 'Step Functions delivers its logs by actions that know no resource',
  },
  {
    resource: /^arn:aws:logs:[^:]+:\d+:log-group:[^:*]+:\*$/,
    actions: /^logs:(CreateLogStream|PutLogEvents)$/,
    reason: 'the streams of one log group, which is how its ARN ends',
  },
  {
    resource: /^arn:aws:states:[^:]+:\d+:execution:[^:*]+:\*$/,
    actions: /^states:(DescribeExecution|StopExecution)$/,
    reason: 'the executions of one state machine, whose names are not known before',
  },
  {
    resource: /^arn:aws:lambda:[^:]+:\d+:function:\w*MigrationsRunFunction\w+:\*$/,
    actions: /^lambda:InvokeFunction$/,
    reason: "the versions of the migrations: the CDK's framework of custom resources asks for them",
  },
  {
    resource: /^arn:aws:events:[^:]+:\d+:replay\/dbpatterns-\*$/,
    actions: /^events:(DescribeReplay|StartReplay)$/,
    reason: 'replays that the kit has started, whose names are not known before',
  },
  {
    resource: /^arn:aws:kms:[^:]+:\d+:key\/[^*]+$/,
    actions: /^kms:(ReEncrypt|GenerateDataKey)\*$/,
    reason: 'one key; DynamoDB encrypts with it in the name of its caller, by whichever of these actions it chooses',
  },
];

/** The bundles that functions of a template have for code, by their hashes. */
const codeOf = (build: () => Stack) =>
  new Template(build()).ofType('AWS::Lambda::Function').map(({ properties }) => JSON.stringify(properties['Code']));

it('each handler of the kit is in the shop or in the gallery', () => {
  const code = [shop, gallery].flatMap(codeOf);
  const bundles = join(root, 'dist/lambdas');
  const unseen = readdirSync(bundles).filter((name) => {
    const hash = FileSystem.fingerprint(join(bundles, name));
    return !code.some((one) => one.includes(hash));
  });
  expect(unseen).toEqual([]);
});

/** Policies of AWS; the kit attaches none, and the CDK one where it makes the role of a user's function. */
const MANAGED = ['service-role/AWSLambdaBasicExecutionRole'];

describe.each([
  { name: 'the shop', build: shop, expected: SHOP, managed: [] },
  { name: 'the gallery', build: gallery, expected: GALLERY, managed: MANAGED },
])('in $name', ({ build, expected, managed }: { build: () => Stack; expected: Expected; managed: string[] }) => {
  const template = new Template(build());
  const roles = rolesOf(template);

  it('every role is known', () => {
    expect(roles.map(({ path }) => path).sort()).toEqual(Object.keys(expected).sort());
  });

  it.each(roles.map((role) => [role.path, role] as const))(
    '%s may do what it needs and nothing more',
    async (path, role) => {
      const needed = [...new Set((expected[path] ?? []).flat())].sort();
      expect(await new Rights(template).of(role)).toEqual(needed);
      expect(await new Rights(template).unknownActions(role)).toEqual([]);
      expect(await new Rights(template).unusableActions(role)).toEqual([]);
    },
  );

  it('a role is taken on by Lambda or Step Functions, and by nobody else', () => {
    const trusted = new Set(roles.flatMap((role) => role.trusted));
    expect([...trusted].sort()).toEqual(['lambda.amazonaws.com', 'states.amazonaws.com']);
  });

  it('no policy of AWS is attached, unless by the CDK to the role that it makes for a function of a user', () => {
    const attached = new Set(
      roles.flatMap((role) => role.managed).map((arn) => arn.replace(/^arn:aws:iam::aws:policy\//, '')),
    );
    expect([...attached]).toEqual(managed);
  });

  it('a policy names one resource, or stands in a short list with its reason', () => {
    expect(roles.flatMap((role) => wildcardsOf(role).filter((each) => reasonOf(each) === undefined))).toEqual([]);
  });

  it('who invokes a function is one API, rule or table, never a whole service of AWS', () => {
    for (const { path, properties } of template.ofType('AWS::Lambda::Permission')) {
      expect(properties['SourceArn'], path).toMatch(/^arn:aws:(execute-api|events):[^:*]+:\d+:[^*]+/);
    }
  });

  it('nobody is let in by the policy of a resource without a condition', () => {
    for (const resource of template.resources) {
      for (const { Effect, Condition, Action, Principal } of policyOf(template, resource)) {
        // What a key leaves to the account is allowed by the roles' own policies.
        const toAccount = JSON.stringify(Principal) === `{"AWS":"arn:aws:iam::${ACCOUNT}:root"}`;
        if (Effect === 'Allow' && !toAccount)
          expect(Condition, `${resource.path} ${list(Action).join()}`).toBeDefined();
      }
    }
  });
});

it('each reason for a wildcard is still needed', () => {
  const all = [shop(), gallery()].flatMap((stack) => rolesOf(new Template(stack)).flatMap(wildcardsOf));
  const used = new Set(all.map(reasonOf));
  expect(WILDCARDS.filter(({ reason }) => !used.has(reason))).toEqual([]);
});

it('a grant too many is seen', async () => {
  const stack = gallery();
  const role = stack.node.findChild('Readers').node.findChild('Keeper').node.findChild('Role') as iam.Role;
  // Of what no other service has: that would fail the synth.
  role.addToPolicy(new iam.PolicyStatement({ actions: ['states:Start*'], resources: ['*'] }));
  const template = new Template(stack);
  const keeper = roleAt(template, 'Readers/Keeper/Role');
  const rights = await new Rights(template).of(keeper);
  const more = rights.filter((right) => !(GALLERY['Readers/Keeper/Role'] ?? []).flat().includes(right));
  expect(more).toEqual(
    expect.arrayContaining([
      'states:StartExecution on Readers/Listed/Rebuild/StateMachine',
      "states:StartExecution on a stranger's AWS::StepFunctions::StateMachine",
    ]),
  );
  expect(wildcardsOf(keeper).filter((each) => reasonOf(each) === undefined)).toEqual([
    { resource: '*', action: 'states:Start*' },
  ]);
});

describe('asked as IAM is asked,', () => {
  const template = new Template(gallery());
  const table = (name: string) =>
    template.resources.find(({ type, path }) => type === 'AWS::DynamoDB::GlobalTable' && path === name)!;
  const ask = (
    path: string,
    action: string,
    of: ReturnType<typeof table>,
    context: Context = {},
    more: readonly Statement[] = [],
  ) => {
    const role = roleAt(template, path);
    const request = { action, resource: template.arnOf(of), context: { ...contextOf(role), ...context } };
    const { allowed, when, unless } = decide(request, {
      principal: role.arn,
      identity: [...role.statements, ...more],
      resource: policyOf(template, of),
    });
    return allowed && when.length === 0 && unless.length === 0;
  };
  const bus = template.ofType('AWS::Events::EventBus')[0]!;
  const kept = table('Notes/Kept/Table');
  const relay = 'Notes/Kept/Outbox/Relay/Role';

  it('a service publishes as itself, and never as another one or as both at once', () => {
    const publishing = (...sources: string[]) => ask(relay, 'events:PutEvents', bus, { 'events:source': sources });
    expect([publishing('notes'), publishing('readers'), publishing('notes', 'readers')]).toEqual([true, false, false]);
  });

  it('commands change items of state and no commit, and insert both', () => {
    const updating = (...keys: string[]) =>
      ask('Notes/Write/ServiceRole', 'dynamodb:PartiQLUpdate', kept, { 'dynamodb:LeadingKeys': keys });
    expect([updating('state#lots'), updating('note/1'), updating('state#lots', 'note/1'), updating()]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(ask('Notes/Write/ServiceRole', 'dynamodb:PartiQLInsert', kept, { 'dynamodb:LeadingKeys': ['note/1'] })).toBe(
      true,
    );
    expect(ask('Notes/Write/ServiceRole', 'dynamodb:PutItem', kept)).toBe(false);
  });

  it('a role of another service does not get into a closed store, whatever its own policies say', () => {
    const everything: Statement = { Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' };
    expect(ask('Notes/Kept/Outbox/History/Role', 'dynamodb:Query', kept)).toBe(true);
    expect(ask('Readers/Keeper/Role', 'dynamodb:Query', kept, {}, [everything])).toBe(false);
    expect(ask('Readers/Keeper/Role', 'dynamodb:Query', table('Readers/Listing/Table'), {}, [everything])).toBe(true);
  });
});

interface Wildcard {
  readonly resource: string;
  readonly action: string;
}

function wildcardsOf({ statements }: Role): Wildcard[] {
  return statements
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action, Resource }) =>
      list(Resource).flatMap((resource) => list(Action).map((action) => ({ resource, action }))),
    )
    .filter(({ resource, action }) => /[*?]/.test(resource) || /[*?]/.test(action));
}

function reasonOf({ resource, action }: Wildcard): string | undefined {
  return WILDCARDS.find((each) => each.resource.test(resource) && each.actions.test(action))?.reason;
}

function roleAt(template: Template, path: string): Role {
  const role = rolesOf(template).find((each) => each.path === path);
  if (role === undefined) throw new Error(`no role ${path}`);
  return role;
}
