/** Every example as an AWS account would get it: synthesised, cdk-nag (AwsSolutions, in the example's app), cfn-lint. */
import { cfnLint } from './templates/cfn-lint.js';
import { findings } from './templates/nag.js';
import { exampleApps, synthesise, templatesIn } from './templates/synthesise.js';
import { since } from './support/run.js';

async function check(example: string): Promise<void> {
  let start = performance.now();
  const outdir = await synthesise(example);
  const templates = templatesIn(outdir);
  console.log(`templates  ${example}: ${templates.length} synthesised in ${since(start)}`);

  const unacknowledged = findings(outdir);
  if (unacknowledged.length > 0) throw new Error(`cdk-nag in ${example}:\n${unacknowledged.join('\n')}`);
  console.log(`templates  ${example}: cdk-nag AwsSolutions has nothing that is not acknowledged`);

  start = performance.now();
  await cfnLint(templates);
  console.log(`templates  ${example}: cfn-lint has nothing to say (${since(start)})`);
}

try {
  for (const example of exampleApps()) await check(example);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
