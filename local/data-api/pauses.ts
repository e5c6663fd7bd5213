import { DataApiError } from './errors.js';

/** Databases that pretend to be paused, as Aurora Serverless pauses them when nobody calls. */
export class Pauses {
  /** When each cluster is awake again; without a time, nobody has called it yet. */
  private readonly paused = new Map<string, { readonly resumesIn: number; awakeAt?: number }>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Puts a cluster to sleep. The first call wakes it.
   *
   * @param resumesIn milliseconds that it takes to wake
   */
  pause(resourceArn: string, resumesIn: number): void {
    this.paused.set(resourceArn, { resumesIn });
  }

  /** @throws DataApiError `DatabaseResumingException` while the cluster wakes */
  assertAwake(resourceArn: string): void {
    const sleep = this.paused.get(resourceArn);
    if (!sleep) return;
    sleep.awakeAt ??= this.now() + sleep.resumesIn;
    if (this.now() >= sleep.awakeAt) {
      this.paused.delete(resourceArn);
      return;
    }
    const instance = `db-${resourceArn.split(':').at(-1)?.toUpperCase() ?? ''}`;
    const message = `The Aurora DB instance ${instance} is resuming after being auto-paused. Please wait a few seconds and try again.`;
    throw new DataApiError('DatabaseResumingException', message);
  }
}
