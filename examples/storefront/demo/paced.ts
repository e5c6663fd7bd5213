/** Says something at most every so often: on a terminal often enough to move, in a log seldom enough to be read. */
export function paced<T>(say: (value: T) => void, every = process.stdout.isTTY ? 200 : 10_000): (value: T) => void {
  let last = -Infinity;
  return (value) => {
    const now = performance.now();
    if (now - last < every) return;
    last = now;
    say(value);
  };
}
