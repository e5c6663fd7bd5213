import type { OnProgress } from '../progress.js';
import type { Target } from './target.js';

/** How to start a local cloud. */
export interface LocalCloudOptions {
  /** Folder for everything that belongs to this cloud. One cloud at a time can use it. */
  readonly stateDirectory: string;
  /** Databases to have from the start: `catalog` of PostgreSQL, `mariadb:legacy` of MariaDB. @default none */
  readonly databases?: readonly string[];
  /** What stands for AWS. LocalStack neither enforces IAM nor keeps its state. @default embedded */
  readonly target?: Target;
  /** Enforce IAM in the emulator. @default false */
  readonly auth?: boolean;
  /** Refuse rows over 64 KB in the RDS Data API: its documentation does, and Aurora does not. @default false */
  readonly documentedLimits?: boolean;
  /** Keep the state over a stop, for the next start. @default false: every start is fresh */
  readonly persist?: boolean;
  /**
   * Folder for what is made once and used by every cloud: the emulator's Python, an empty PostgreSQL.
   * @default `.local` in the working directory
   */
  readonly cacheDirectory?: string;
  readonly onProgress?: OnProgress;
  /** Called once when a part of the cloud ended by itself; the rest has then been stopped. */
  readonly onFailure?: (reason: string) => void;
}
