import { serviceError } from '../core/errors.js';
import type { World } from '../core/world.js';
import type { Queue } from './sqs.js';

interface Entry {
  readonly Source?: string;
  readonly DetailType?: string;
  readonly Detail?: string;
  readonly EventBusName?: string;
}

/** Which events go where. */
export interface Rule {
  readonly source: string;
  readonly detailType: string;
  readonly queue: Queue;
}

/** A bus: at least once, in no order, each entry taken or refused by itself. */
export class EventBus {
  private readonly rules: Rule[] = [];
  /** Whether it takes no entry at all. */
  isAway = false;
  /** The details of all entries that were taken. */
  readonly taken: string[] = [];

  constructor(
    private readonly world: World,
    readonly name: string,
    /** The largest request, in bytes. */
    private readonly limit = 262_144,
  ) {}

  rule(rule: Rule): void {
    this.rules.push(rule);
  }

  /** Takes or refuses each entry; `label` names the request. */
  put(entries: readonly Entry[], label: string): Record<string, unknown> {
    if (entries.length === 0 || entries.length > 10) throw new TypeError(`PutEvents with ${entries.length} entries`);
    const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    if (size > this.limit)
      throw serviceError('ValidationException', 'Total size of the entries in the request is over the limit.');
    let refused = 0;
    const answers = entries.map((entry, index) => {
      if (this.isAway || this.world.faults.at(`${label} entry ${index}`, ['refuse-entries'])) {
        refused += 1;
        return { ErrorCode: 'InternalFailure', ErrorMessage: 'try again' };
      }
      const id = this.world.id('event');
      this.taken.push(entry.Detail ?? '');
      this.deliver(id, entry, label, index);
      return { EventId: id };
    });
    return { FailedEntryCount: refused, Entries: answers };
  }

  private deliver(id: string, entry: Entry, label: string, index: number): void {
    const { timeline, faults, random } = this.world;
    for (const [number, rule] of this.rules.entries()) {
      if (rule.source !== entry.Source || rule.detailType !== entry.DetailType) continue;
      const place = `${label} entry ${index} to ${number}`;
      const dice = random.split(place);
      const body = JSON.stringify({
        ...{ id, source: entry.Source, 'detail-type': entry.DetailType },
        detail: JSON.parse(entry.Detail ?? '{}') as unknown,
      });
      const fault = faults.at(place, ['duplicate', 'late']);
      const delay = dice.around(80) + (fault === 'late' ? dice.around(120_000) : 0);
      timeline.after(delay, () => void rule.queue.send(body));
      if (fault === 'duplicate') timeline.after(delay + dice.around(5_000), () => void rule.queue.send(body));
    }
  }
}

/** As EventBridge counts it, where an entry has neither a time nor resources. */
function sizeOf({ Source = '', DetailType = '', Detail = '' }: Entry): number {
  return [Source, DetailType, Detail].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
