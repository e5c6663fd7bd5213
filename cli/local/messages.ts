import type { LocalProgress, Target } from 'cdk-database-patterns-local';

/** What the supervisor tells the command that started it. */
export type SupervisorMessage =
  | { readonly type: 'progress'; readonly progress: LocalProgress }
  /** Another process starts or ends this cloud: it is waited for. */
  | { readonly type: 'waiting' }
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly message: string };

/** What the supervisor is told at its start, as JSON in its arguments. */
export interface SupervisorTask {
  readonly stateDirectory: string;
  readonly databases: readonly string[];
  readonly auth: boolean;
  readonly documentedLimits?: boolean;
  readonly target: Target;
}
