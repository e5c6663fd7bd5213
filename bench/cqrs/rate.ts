/** How many a second, since a moment of `performance.now()`. */
export const rate = (count: number, start: number, end = performance.now()): number => (count / (end - start)) * 1000;
