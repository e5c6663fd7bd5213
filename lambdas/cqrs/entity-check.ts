import type { Waiting } from './backoff.js';
import { checksum } from './checksum.js';
import type { EntityWriter } from './entity-writer.js';
import type { Envelope } from './envelope.js';
import { GenerationKeys } from './generation-keys.js';
import { readItems } from './read-items.js';
import type { Held, StreamsPage, StreamsPlace, ViewCheck } from './view-store.js';
import { scannedStreams } from './view-streams.js';
import { isControlKey, PASSED, passedIn, TOMBSTONE, VERSION, type IndexedTable } from './view-table.js';

/** Compares an entity view with history: the item of each entity. */
export class EntityCheck implements ViewCheck {
  private readonly keys: GenerationKeys;

  constructor(
    private readonly table: IndexedTable,
    private readonly writer: EntityWriter,
    private readonly generation: number,
    private readonly waiting: Waiting,
  ) {
    this.keys = new GenerationKeys(table, generation);
  }

  async streams(place: StreamsPlace): Promise<StreamsPage> {
    return scannedStreams(this.table, this.generation, place, (key) =>
      isControlKey(key) ? undefined : `${place.streamName}/${key}`,
    );
  }

  async held(streams: readonly string[]): Promise<Held[]> {
    const items = await readItems(
      this.table,
      streams.map((stream) => this.writer.versionKey(stream)),
      this.waiting,
    );
    return items.map((item) => {
      if (item === undefined) return { version: 0, checksum: checksum(undefined) };
      const { [VERSION]: version, [PASSED]: _, [this.table.partitionKey]: __, ...fields } = this.keys.decodeItem(item);
      const content = TOMBSTONE in fields ? undefined : fields;
      return { version: Number(version ?? 0), checksum: checksum(content), passed: passedIn(item) };
    });
  }

  async folded(stream: string, commits: readonly Envelope[], passed: readonly number[]): Promise<Held> {
    const content = await this.writer.contentOf(stream, commits, passed);
    return { version: commits.at(-1)?.version ?? 0, checksum: checksum(content) };
  }
}
