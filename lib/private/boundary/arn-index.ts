import { meetArn } from './glob';

/**
 * What patterns of ARNs stand for. Two that have an ARN in common begin alike as far as both are without a wildcard, so
 * that few need to be compared: an app with many stores may name each of them.
 */
export class ArnIndex<T> {
  private readonly byBeginning = new Map<string, [pattern: string, value: T][]>();
  /** All beginnings in order; made anew when something was added. */
  private ordered?: string[];

  add(pattern: string, value: T): void {
    const beginning = beginningOf(pattern).text;
    const same = this.byBeginning.get(beginning);
    if (same === undefined) {
      this.byBeginning.set(beginning, [[pattern, value]]);
      this.ordered = undefined;
    } else {
      same.push([pattern, value]);
    }
  }

  /** All whose pattern has an ARN in common with another one, and those patterns. */
  *meeting(pattern: string): Generator<readonly [pattern: string, value: T]> {
    for (const beginning of this.beginningsAs(pattern)) {
      for (const entry of this.byBeginning.get(beginning) ?? []) {
        if (meetArn(pattern, entry[0])) {
          yield entry;
        }
      }
    }
  }

  /** The beginnings that go with a pattern: what it begins with, and where it has a wildcard, what begins with it. */
  *beginningsAs(pattern: string): Generator<string> {
    const { text, isWhole } = beginningOf(pattern);
    for (let length = 0; length <= text.length; length += 1) {
      const beginning = text.slice(0, length);
      if (this.byBeginning.has(beginning)) {
        yield beginning;
      }
    }
    if (!isWhole) {
      this.ordered ??= [...this.byBeginning.keys()].sort();
      for (let n = firstAfter(this.ordered, text); this.ordered[n]?.startsWith(text) === true; n += 1) {
        yield this.ordered[n] ?? '';
      }
    }
  }
}

/** The service and what follows region and account, up to the first wildcard. */
function beginningOf(arn: string): { readonly text: string; readonly isWhole: boolean } {
  const [, , service = '*', , , ...rest] = arn.split(':');
  const said = `${service}:${rest.length === 0 ? '*' : rest.join(':')}`;
  const wildcard = said.search(/[*?]/);
  return wildcard < 0 ? { text: said, isWhole: true } : { text: said.slice(0, wildcard), isWhole: false };
}

function firstAfter(ordered: readonly string[], text: string): number {
  let [from, to] = [0, ordered.length];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if ((ordered[middle] ?? '') <= text) {
      from = middle + 1;
    } else {
      to = middle;
    }
  }
  return from;
}
