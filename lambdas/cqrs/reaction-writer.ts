import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../stores/index.js';
import type { Waiting } from './backoff.js';
import { bounded } from './bounded.js';
import type { Envelope } from './envelope.js';
import { faultOf } from './poison.js';
import { readItems } from './read-items.js';
import { VERSION, type ViewTable } from './view-table.js';
import type { Progress, StreamCommits, ViewWriter } from './view-writer.js';

/** What reactions are run with. */
export interface ReactionParts {
  readonly table: ViewTable;
  /** The stream's name. */
  readonly followed: string;
  /** Throws where nothing may be begun any more. */
  readonly mayBegin: () => void;
  /** Does what a commit asks for. */
  readonly react: (commit: Envelope) => Promise<void>;
  /** Commits of before are passed over; in milliseconds since 1970. */
  readonly since: number;
  readonly now: Clock;
  readonly waiting: Waiting;
}

/** How many streams of a batch are reacted to at the same time. */
const STREAMS_AT_ONCE = 10;

/**
 * Runs the functions of each commit, in the order of the stream, and keeps the version of the stream that it has got to.
 * The version is read first, so that a duplicate runs nothing, and written after the functions have run, so that none is
 * left out: a function that ends in between is run once more.
 */
export class ReactionWriter implements ViewWriter {
  constructor(private readonly parts: ReactionParts) {}

  async advance(work: readonly StreamCommits[]): Promise<Map<string, Progress>> {
    let versions: readonly number[];
    try {
      versions = await this.versions(work.map(({ stream }) => stream));
    } catch (error) {
      return new Map(work.map(({ stream }) => [stream, { state: 'failed', applied: 0, error }]));
    }
    const progress = await bounded([...work.entries()], STREAMS_AT_ONCE, async ([place, one]) => {
      return [one.stream, await this.follow(one, versions[place] ?? 0)] as const;
    });
    return new Map(progress);
  }

  async applied(stream: string): Promise<number> {
    const [version] = await this.versions([stream]);
    return version ?? 0;
  }

  /** The key of the item that holds the version of a stream. */
  versionKey(stream: string): Record<string, string> {
    return { [this.parts.table.partitionKey]: stream };
  }

  private async versions(streams: readonly string[]): Promise<number[]> {
    // Whoever asks is about to begin, be it with a mark under which a commit is tried.
    this.parts.mayBegin();
    const keys = streams.map((stream) => this.versionKey(stream));
    const items = await readItems(this.parts.table, keys, this.parts.waiting);
    return items.map((item) => Number(item?.[VERSION] ?? 0));
  }

  private async follow({ stream, commits, pass }: StreamCommits, stored: number): Promise<Progress> {
    let [written, reached] = [stored, stored];
    try {
      for (const commit of commits) {
        if (commit.version <= reached) continue;
        if (commit.version > reached + 1) {
          await this.write(stream, written, reached);
          return { state: 'gap', applied: reached };
        }
        if (!this.isPassed(commit, pass)) {
          this.parts.mayBegin();
          try {
            await this.parts.react(commit);
          } catch (error) {
            await this.write(stream, written, reached);
            return { state: 'poison', applied: reached, error: faultOf(error) };
          }
          await this.write(stream, written, commit.version);
          written = commit.version;
        }
        reached = commit.version;
      }
      await this.write(stream, written, reached);
      return { state: 'current', applied: reached };
    } catch (error) {
      return { state: 'failed', applied: written, error };
    }
  }

  private isPassed(commit: Envelope, pass: number | undefined): boolean {
    return commit.version === pass || Date.parse(commit.time) < this.parts.since;
  }

  /** Writes a version unless it is there already: another function may have done the same at the same time. */
  private async write(stream: string, before: number, version: number): Promise<void> {
    if (version === before) return;
    const { client, table } = this.parts.table;
    try {
      await client.send(
        new UpdateCommand({
          TableName: table,
          Key: this.versionKey(stream),
          UpdateExpression: 'SET #version = :version',
          ConditionExpression: 'attribute_not_exists(#version) OR #version < :version',
          ExpressionAttributeNames: { '#version': VERSION },
          ExpressionAttributeValues: { ':version': version },
        }),
      );
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ConditionalCheckFailedException') throw error;
    }
  }
}
