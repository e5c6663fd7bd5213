import { type Lines, type Lot, type ReturnedLine, saleOf } from './lots.js';

/** A sale with what is left of it. */
export interface Sold {
  /** The key of its lots. */
  readonly key: string;
  readonly data: readonly Lot[];
}

/** What a return comes to. */
export interface Matched<S extends Sold> {
  /** The lines of the return, each with what it matches. */
  readonly lines: ReturnedLine[];
  /** The sales of which less is left now, each with what that is. */
  readonly changed: { readonly sold: S; readonly lots: Lot[] }[];
}

/**
 * Matches the lines of a return with earlier sales of the same customer: rule 7 of `data/README.md`. A line may split
 * over several sales, and lines of one product share what is left of it, the first line first.
 *
 * @param sales - the latest first
 */
export function matchReturn<S extends Sold>(lines: Lines, sales: readonly S[]): Matched<S> {
  const open = sales.map((sold) => ({ sold, lots: sold.data.map((lot) => ({ ...lot })), changed: false }));
  const matchLine = (line: Lines[number]): ReturnedLine => {
    const matched: ReturnedLine['matched'] = [];
    let unmatched = line.units;
    for (const sale of open) {
      // The last line first.
      for (const [index, lot] of [...sale.lots.entries()].reverse()) {
        if (lot.product !== line.product) continue;
        const units = Math.min(unmatched, lot.left);
        if (units === 0) continue;
        lot.left -= units;
        unmatched -= units;
        sale.changed = true;
        matched.push({ sale: saleOf(sale.sold.key), line: index + 1, units });
      }
    }
    return { ...line, matched, unmatched };
  };
  return { lines: lines.map(matchLine), changed: open.filter(({ changed }) => changed) };
}
