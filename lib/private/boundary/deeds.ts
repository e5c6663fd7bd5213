import type { IConstruct } from 'constructs';
import type { Guarded } from './guarded';
import type { Actor } from './principals';

/** Somebody reaches something: what the check has seen, before it is asked whether that may be. */
export interface Reach {
  readonly actor: Actor;
  readonly store: Guarded;
  /** Actions of IAM; none where it is only referred to. */
  readonly actions: readonly string[];
  /** What says so, in words, without the actions. */
  readonly evidence: string;
  /** The policy, rule or property that says so. */
  readonly via: IConstruct;
  /** Whose permission it is: a role made here, or what the CDK puts the policy of one below that exists already. */
  readonly role?: IConstruct;
  /** Of wildcards: what the statement says, so that it is told once and not per store. */
  readonly wide?: string;
  /** What to do instead, where that is not what the store's service offers. */
  readonly instead?: string;
  /** Who it is, where no construct stands for them. */
  readonly arn?: string;
}

/** Where what is seen goes. */
export type Tell = (reach: Reach) => void;
