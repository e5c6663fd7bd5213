import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the CDK writes beside the templates when validation plugins ran. */
interface Report {
  readonly pluginReports: ReadonlyArray<{
    readonly violations: ReadonlyArray<{
      readonly ruleName: string;
      readonly severity?: string;
      readonly description: string;
      readonly violatingResources?: ReadonlyArray<{ readonly constructPath?: string }>;
    }>;
  }>;
}

/** One line per finding that nobody acknowledged; warnings are findings. */
export function findings(outdir: string): string[] {
  const file = join(outdir, 'policy-validation-report.json');
  if (!existsSync(file)) return [`${outdir}: no validation plugin ran; the app has to add AwsSolutionsChecks`];
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  return report.pluginReports.flatMap((plugin) =>
    plugin.violations.flatMap((violation) =>
      (violation.violatingResources ?? [{}]).map(
        (resource) =>
          `${violation.ruleName} (${violation.severity ?? 'error'}) ${resource.constructPath ?? ''}: ${violation.description}`,
      ),
    ),
  );
}
