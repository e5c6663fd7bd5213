import { changeOf, passing, type CommitChange } from './commit-change.js';
import type { ContributionOperation } from './contributions.js';
import type { Envelope } from './envelope.js';
import { faultOf, PoisonError } from './poison.js';
import { UnexpectedAnswerError } from './unexpected-answer.js';
import type { Progress, StreamCommits } from './view-writer.js';

/** A request to the Data API has 4 MiB; this leaves room for what is around the changes. */
const LARGEST_CALL = 3_000_000;
const LARGEST_COMMIT = 2_990_000;

/** A commit, and what it does or why it cannot be applied. `size`: how many bytes it takes in a request. */
type Entry =
  | { readonly version: number; readonly change: CommitChange; readonly size: number; readonly fault?: undefined }
  | { readonly version: number; readonly fault: Error };

/** Some commits of one stream, on their way in one call. */
export interface Part {
  readonly run: PostgresRun;
  readonly changes: readonly CommitChange[];
}

/** One stream's way through a batch. */
export class PostgresRun {
  /** What commits of a stream do; none of them is applied yet. */
  static async of(
    { stream, commits, pass }: StreamCommits,
    operationsOf: (commit: Envelope) => Promise<readonly ContributionOperation[]>,
  ): Promise<PostgresRun> {
    const entries: Entry[] = [];
    for (const commit of commits) {
      const { version } = commit;
      try {
        entries.push(sized(pass === version ? passing(version) : changeOf(version, await operationsOf(commit))));
      } catch (error) {
        entries.push({ version, fault: faultOf(error) });
      }
    }
    return new PostgresRun(stream, entries);
  }

  /** Sent in a call of its own, so that what the database refuses is known to be its own fault. */
  alone = false;
  /** One commit at a time, for the same reason. */
  single = false;
  private end: Progress | undefined;

  private constructor(
    readonly stream: string,
    private entries: readonly Entry[],
  ) {}

  /** How it ended, once it has. */
  get progress(): Progress | undefined {
    return this.end;
  }

  /** The next commits that can be sent and fit; none where the first one cannot be applied, unless it is a duplicate. */
  next(room: number): { readonly part: Part; readonly size: number } {
    const changes: CommitChange[] = [];
    let size = this.stream.length + 50;
    for (const entry of this.entries) {
      if (entry.fault !== undefined || (this.single && changes.length > 0)) break;
      if (size + entry.size > room) break;
      changes.push(entry.change);
      size += entry.size;
    }
    return { part: { run: this, changes }, size };
  }

  /** Takes the version that the view holds after a call. */
  reached(applied: number, sent: readonly CommitChange[]): void {
    this.entries = this.entries.filter(({ version }) => version > applied);
    const [next] = this.entries;
    if (next === undefined) this.end = { state: 'current', applied };
    else if (next.version > applied + 1) this.end = { state: 'gap', applied };
    else if (next.fault !== undefined) this.end = { state: 'poison', applied, error: next.fault };
    else if (sent.some(({ version }) => version === next.version)) {
      const message = `version ${next.version} was sent and neither applied nor refused`;
      this.failed(new UnexpectedAnswerError(message));
    }
  }

  failed(error: unknown): void {
    this.end = { state: 'failed', applied: 0, error };
  }

  /** The database refused this commit, when it was sent alone. */
  refused(version: number, error: Error): void {
    this.end = { state: 'poison', applied: version - 1, error };
  }
}

/** Fills calls with what can be sent, streams that are under suspicion each in a call of their own. */
export function callsOf(runs: readonly PostgresRun[]): Part[][] {
  const calls: { parts: Part[]; room: number }[] = [];
  for (const run of runs) {
    const last = calls.at(-1);
    const whole = run.next(LARGEST_CALL);
    const shares = last !== undefined && !run.alone && !last.parts.some((part) => part.run.alone);
    if (shares && whole.size <= last.room) {
      last.parts.push(whole.part);
      last.room -= whole.size;
    } else {
      calls.push({ parts: [whole.part], room: LARGEST_CALL - whole.size });
    }
  }
  return calls.map(({ parts }) => parts);
}

function sized(change: CommitChange): Entry {
  const { version, set, add } = change;
  // Twice into JSON: the changes are a text in a request, which is JSON itself.
  const size = Buffer.byteLength(JSON.stringify(JSON.stringify(change)), 'utf8') + 1;
  if (size <= LARGEST_COMMIT) return { version, change, size };
  const given = `version ${version} contributes to ${set.length + add.length} totals in ${size} bytes`;
  const allowed = `at most ${LARGEST_COMMIT} fit into a call`;
  return {
    version,
    fault: new PoisonError('too-many-totals', `${given}, ${allowed}: split the commit, or keep coarser totals`),
  };
}
