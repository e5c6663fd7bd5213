import { FIRST } from './generation.js';
import { LazyParking } from './lazy-parking.js';
import { ReactionWriter, type ReactionParts } from './reaction-writer.js';
import { noRebuild } from './reaction-error.js';
import type { Generations, Parking, ViewCheck, ViewStore } from './view-store.js';
import type { ViewWriter } from './view-writer.js';

/** How far a reaction has got with each stream. It has one generation for ever: what was done cannot be built anew. */
export class ReactionStore implements ViewStore {
  readonly generations: Generations;
  private readonly reactions: ReactionWriter;

  constructor(private readonly parts: ReactionParts) {
    this.reactions = new ReactionWriter(parts);
    const refuse = async (): Promise<never> => Promise.reject(noRebuild(parts.followed));
    this.generations = {
      read: async () => Promise.resolve(FIRST),
      write: refuse,
      begin: refuse,
      mayPublish: refuse,
      publish: refuse,
      drop: refuse,
    };
  }

  writer(): ViewWriter {
    return this.reactions;
  }

  parking(): Parking {
    const { table, now, waiting } = this.parts;
    const versionKey = (stream: string): Record<string, string> => this.reactions.versionKey(stream);
    return new LazyParking(async () => {
      const { DynamoDbParking } = await import('./parking.js');
      return new DynamoDbParking({ table, generation: 1, now, waiting, versionKey });
    });
  }

  check(): Promise<ViewCheck> {
    return Promise.reject(noRebuild(this.parts.followed));
  }
}
