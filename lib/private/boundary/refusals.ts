import { CfnElement, TagManager } from 'aws-cdk-lib/core';
import { SERVICE_TAG } from '../closed';
import type { Reach } from './deeds';
import { meet } from './glob';
import type { Guarded } from './guarded';
import type { ResourcePolicy } from './resource-policies';
import { at, texts } from './values';

/** Whom the policy of a store refuses whatever else is allowed. */
interface Refusal {
  /** The name of the service whose tag is let in. */
  readonly owner: string;
  readonly actions: readonly string[];
}

/** What the policies of closed stores refuse: who may reach a store at synth has to get in at run time as well. */
export class Refusals {
  private readonly byStore = new Map<Guarded, Refusal>();

  constructor(policies: readonly ResourcePolicy[]) {
    for (const { store, statements } of policies) {
      for (const statement of statements) {
        const [owner] = texts(at(statement, 'Condition', 'StringNotEquals', `aws:PrincipalTag/${SERVICE_TAG}`));
        if (owner !== undefined && at(statement, 'Effect') === 'Deny') {
          this.byStore.set(store, { owner, actions: texts(at(statement, 'Action')) });
        }
      }
    }
  }

  /** The name of the service whose tag a role would need; nothing where it gets in. */
  missing({ store, role, actions }: Reach): string | undefined {
    const refusal = this.byStore.get(store);
    const isRefused = (action: string): boolean =>
      refusal?.actions.some((each) => meet(action.toLowerCase(), each.toLowerCase())) === true;
    if (refusal === undefined || role === undefined || !actions.some(isRefused)) {
      return undefined;
    }
    const tags = CfnElement.isCfnElement(role) ? TagManager.of(role)?.tagValues() : undefined;
    return tags?.[SERVICE_TAG] === refusal.owner ? undefined : refusal.owner;
  }
}
