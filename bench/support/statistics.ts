/** The value at or below which this share of the samples lies (nearest rank). */
export function quantile(samples: readonly number[], share: number): number {
  return ranked(samples)[Math.max(0, Math.ceil(share * samples.length) - 1)] ?? Number.NaN;
}

/** The middle value; the mean of the two middle ones where there are two. */
export function median(samples: readonly number[]): number {
  const all = ranked(samples);
  const last = all.length - 1;
  return ((all[Math.floor(last / 2)] ?? Number.NaN) + (all[Math.ceil(last / 2)] ?? Number.NaN)) / 2;
}

function ranked(samples: readonly number[]): number[] {
  return [...samples].sort((a, b) => a - b);
}
