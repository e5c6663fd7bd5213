import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A small house: what each file imports. */
const house: Record<string, string[]> = {
  'lib/index.ts': ['./cqrs', './stores'],
  'lib/stores/index.ts': ['./table'],
  'lib/stores/table.ts': ['aws-cdk-lib/core', '../private/names'],
  'lib/cqrs/index.ts': ['./projection'],
  'lib/cqrs/projection.ts': ['../stores', 'constructs'],
  'lib/private/names.ts': [],
  'lib/saga/index.ts': ['./saga'],
  'lib/saga/saga.ts': ['../cqrs'],
  'lambdas/stores/index.ts': ['./postgres.js'],
  'lambdas/stores/postgres.ts': ['@aws-sdk/client-rds-data'],
  'lambdas/cqrs/index.ts': ['./commands.js'],
  'lambdas/cqrs/commands.ts': ['../stores/index.js'],
  'local/index.ts': ['@aws-sdk/client-sqs'],
  'cli/index.ts': ['cdk-database-patterns-local'],
  'examples/shop/stack.ts': ['aws-cdk-lib/core', 'cdk-database-patterns', 'cdk-database-patterns-lambda/cqrs'],
  'test/lib/stack.spec.ts': ['../../lib', '../../examples/shop/stack.js'],

  'lambdas/cqrs/bad-cdk.ts': ['aws-cdk-lib/core'],
  'lib/cqrs/bad-sdk.ts': ['@aws-sdk/client-dynamodb'],
  'lib/cqrs/bad-library.ts': ['cdk-database-patterns-lambda/cqrs'],
  'lib/cqrs/bad-local.ts': ['cdk-database-patterns-local'],
  'lambdas/cqrs/bad-example.ts': ['../../examples/shop/stack.js'],
  'lib/stores/bad-pattern.ts': ['../cqrs'],
  'lib/saga/bad-inside.ts': ['../cqrs/projection'],
  'lambdas/cqrs/bad-inside.ts': ['../stores/postgres.js'],
  'local/bad-cli.ts': ['cdk-database-patterns-cli'],
  'cli/bad-example.ts': ['../examples/shop/stack.js'],
  'examples/shop/bad-inside.ts': ['../../lib'],
  'lib/cqrs/bad-test.ts': ['../../test/lib/stack.spec.js'],
  'lib/cqrs/bad-missing.ts': ['./nowhere'],
  'lib/cqrs/bad-circle.ts': ['./bad-circle-back'],
  'lib/cqrs/bad-circle-back.ts': ['./bad-circle'],
};

/** The packages that are there when the kit is installed; what is inside does not matter. */
const packages = ['aws-cdk-lib/core', 'constructs', '@aws-sdk/client-rds-data', '@aws-sdk/client-sqs'];
packages.push('@aws-sdk/client-dynamodb');

interface Violation {
  readonly from: string;
  readonly rule: { readonly name: string };
}

describe('the arrows between the wings', () => {
  let folder: string;
  let violations: Violation[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'arrows-'));
    const write = (file: string, text: string): void => {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    };
    for (const [file, imports] of Object.entries(house)) {
      write(
        file,
        [...imports.map((name, i) => `import * as m${i} from '${name}'; void m${i};`), 'export {};'].join('\n'),
      );
    }
    for (const name of packages) write(`node_modules/${name}/index.js`, '');
    cpSync(join(root, 'tsconfig.json'), join(folder, 'tsconfig.json'));
    const depcruise = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const options: ExecFileSyncOptions = { cwd: folder };
    const args = [depcruise, '--config', join(root, '.dependency-cruiser.cjs'), '--output-type', 'json'];
    const json = execFileSync(
      process.execPath,
      [...args, '--', 'lib', 'lambdas', 'local', 'cli', 'examples', 'test'],
      options,
    );
    violations = (JSON.parse(json.toString()) as { summary: { violations: Violation[] } }).summary.violations;
  }, 30_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const rulesBrokenBy = (file: string): string[] =>
    violations.filter((violation) => violation.from === file).map((violation) => violation.rule.name);

  it.each([
    ['a handler that imports the CDK', 'lambdas/cqrs/bad-cdk.ts', 'lambdas-without-cdk'],
    ['a construct that imports an AWS SDK client', 'lib/cqrs/bad-sdk.ts', 'lib-without-aws-sdk'],
    ['a construct that imports the Lambda library', 'lib/cqrs/bad-library.ts', 'lib-without-aws-sdk'],
    ['a construct that imports the local cloud', 'lib/cqrs/bad-local.ts', 'library-below-tools'],
    ['a handler that imports an example', 'lambdas/cqrs/bad-example.ts', 'library-below-tools'],
    ['a store that imports a pattern', 'lib/stores/bad-pattern.ts', 'stores-below-patterns'],
    ['a pattern that reaches into another', 'lib/saga/bad-inside.ts', 'patterns-through-index'],
    ['a pattern that reaches into the stores', 'lambdas/cqrs/bad-inside.ts', 'patterns-through-index'],
    ['a local cloud that imports the command line', 'local/bad-cli.ts', 'tools-below-examples'],
    ['a command line that imports an example', 'cli/bad-example.ts', 'cli-below-examples'],
    ['an example that imports a source file of the kit', 'examples/shop/bad-inside.ts', 'examples-by-package-name'],
    ['a source that imports a test', 'lib/cqrs/bad-test.ts', 'no-tests-in-sources'],
    ['an import that leads nowhere', 'lib/cqrs/bad-missing.ts', 'resolvable'],
    ['two files that import each other', 'lib/cqrs/bad-circle-back.ts', 'no-cycles'],
  ])('refuse %s', (_what, file, rule) => {
    expect(rulesBrokenBy(file)).toContain(rule);
  });

  it('let everything else pass', () => {
    const broken = violations.filter(({ from }) => !from.includes('/bad-'));
    expect(broken.map(({ from, rule }) => `${from}: ${rule.name}`)).toEqual([]);
  });
});
