import { type Stack, Validations } from 'aws-cdk-lib/core';

/** Findings of cdk-nag that stand, each with its reason. */
const acknowledged: Readonly<Record<string, string>> = {};

/** Says which findings stand, so that a new one is seen. */
export function acknowledge(stack: Stack): void {
  for (const [id, reason] of Object.entries(acknowledged)) Validations.of(stack).acknowledge({ id, reason });
}
