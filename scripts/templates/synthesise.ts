import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/paths.js';
import { tool } from '../support/run.js';

/** The examples that are CDK apps. */
export function exampleApps(): string[] {
  const folder = join(root, 'examples');
  return existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'cdk.json'))) : [];
}

/**
 * Synthesises an example as for an AWS account, whatever local cloud this shell knows, into dist/templates.
 * Returns the folder of the assembly. Throws when the synth or one of the app's validation plugins fails.
 */
export async function synthesise(example: string): Promise<string> {
  const outdir = join(root, 'dist/templates', example);
  rmSync(outdir, { recursive: true, force: true });
  const local = Object.keys(process.env).filter((name) => /^(AWS|CDK|DBPATTERNS)_/.test(name));
  const env = {
    ...Object.fromEntries(local.map((name) => [name, undefined])),
    CDK_VALIDATION: 'false',
    JSII_DEPRECATED: 'quiet',
  };
  const args = ['synth', '--quiet', '--strict', '--output', outdir, '--no-notices', '--no-lookups'];
  await tool('aws-cdk/bin/cdk', args, { cwd: join(root, 'examples', example), env });
  return outdir;
}

/** The templates of an assembly, nested assemblies included. */
export function templatesIn(outdir: string): string[] {
  return readdirSync(outdir, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.template.json'))
    .map((file) => join(outdir, file));
}
