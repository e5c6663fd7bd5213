import type { CommitTable } from '../stores/index.js';
import { commitsAfter, newestVersion, type CommitItem } from './commit-items.js';
import type { Contract, EventsOf } from './contract.js';
import type { PastEvent } from './dynamodb-command.js';
import { envelopeText, parseEnvelope } from './envelope.js';
import type { Stream } from './stream.js';

/** One entity's commits as far as a command has read them; later readings add what is new. */
export class StreamHistory<C extends Contract = Contract> {
  private readonly commits: CommitItem[] = [];
  private readonly past: PastEvent<EventsOf<C>>[] = [];
  private parsed = 0;
  private newest: number | undefined;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly store: CommitTable,
    private readonly stream: Stream<C>,
    /** The stream: `sale/536365`. */
    readonly address: string,
  ) {}

  /** The newest version as it was last read; undefined before anything was read. */
  get version(): number | undefined {
    return this.newest;
  }

  /** All that happened, upcast; read at the first question. */
  async events(): Promise<readonly PastEvent<EventsOf<C>>[]> {
    await (this.reading ??= this.readOn());
    for (const { stream, version, commit } of this.commits.slice(this.parsed)) {
      const { data } = parseEnvelope(envelopeText(stream, version, commit));
      for (const event of data?.events ?? []) this.past.push({ ...this.stream.read(event), version });
      this.parsed += 1;
    }
    return [...this.past];
  }

  /** Reads what is new. */
  async refresh(): Promise<void> {
    await (this.reading = this.readOn());
  }

  /** Reads the newest version and nothing else. */
  async peek(): Promise<number> {
    return (this.newest = await newestVersion(this.store, this.address));
  }

  /** What a command did, among the commits that were read. */
  find(command: string, since: number): CommitItem | undefined {
    return this.commits.find((commit) => commit.command === command && commit.at >= since);
  }

  private async readOn(): Promise<void> {
    let more = true;
    while (more) {
      const page = await commitsAfter(this.store, this.address, this.commits.at(-1)?.version ?? 0);
      this.commits.push(...page.commits);
      more = page.more;
    }
    this.newest = this.commits.at(-1)?.version ?? 0;
  }
}
