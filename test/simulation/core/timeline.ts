/** Something that happens at a time. */
export interface Moment {
  readonly time: number;
  /** It will not happen. */
  cancel(): void;
}

interface Entry extends Moment {
  readonly order: number;
  cancelled: boolean;
  readonly run: () => void | Promise<void>;
}

/**
 * Virtual time: what is due happens in the order of its time, what is due at the same time in the order in which it was
 * planned. Nothing else happens meanwhile: everything that code under test does between two moments is done before the
 * next one begins.
 */
export class Timeline {
  private readonly heap: Entry[] = [];
  private planned = 0;
  private time = 0;
  /** How much has happened. */
  moments = 0;

  /** Milliseconds since the run began. */
  get now(): number {
    return this.time;
  }

  /** Plans something, in so many milliseconds. */
  after(milliseconds: number, run: () => void | Promise<void>): Moment {
    const entry: Entry = {
      time: this.time + Math.max(0, milliseconds),
      order: (this.planned += 1),
      cancelled: false,
      run,
      cancel: () => (entry.cancelled = true),
    };
    this.push(entry);
    return entry;
  }

  /** Lives through everything that is planned, until nothing is left or `until` says so. */
  async live(until: () => boolean = () => false): Promise<void> {
    for (let entry = this.pop(); entry !== undefined; entry = this.pop()) {
      if (!entry.cancelled) {
        this.time = entry.time;
        this.moments += 1;
        await entry.run();
        await quiet();
        if (until()) break;
      }
    }
  }

  private push(entry: Entry): void {
    const { heap } = this;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above]!;
      if (!isBefore(entry, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = entry;
  }

  private pop(): Entry | undefined {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.time < b.time || (a.time === b.time && a.order < b.order);
}

/** Lets code run until all of it waits for the outside: promises are settled before an immediate is run. */
export function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
