import { Stage } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { boundaryFindings, type Findings } from './boundary';

/** Found on every stage that is checked already, whichever copy of this package does it. */
const CHECKED = Symbol.for('cdk-database-patterns.Boundary');

/**
 * Has the stage of a construct checked at every synth: after all aspects, when references across stacks are made and no
 * template is written yet.
 */
export function enforceBoundary(construct: IConstruct): void {
  const root = Stage.of(construct) ?? construct.node.root;
  if (CHECKED in root) {
    return;
  }
  Object.defineProperty(root, CHECKED, { value: true });
  let latest: Findings = new Map();
  const told = new WeakSet<IConstruct>();
  root.node.addValidation({
    validate: () => {
      latest = boundaryFindings(root);
      for (const offender of latest.keys()) {
        // The CDK asks the offender next, and puts its path before the message. Once, however often it synthesises.
        if (!told.has(offender)) {
          told.add(offender);
          offender.node.addValidation({ validate: () => [...(latest.get(offender) ?? [])] });
        }
      }
      return [];
    },
  });
}
