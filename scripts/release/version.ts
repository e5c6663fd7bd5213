/** What the next release has, as the sections of the changelog say. */
export interface Changes {
  readonly breaking: boolean;
  readonly added: boolean;
}

/**
 * The version that the changes ask for, by SemVer. Below 1.0.0 the second number counts what breaks, the third all else.
 *
 * @param given - a higher version that somebody asks for, such as 1.0.0
 * @throws Error where the given version is lower than what the changes ask for.
 */
export function nextVersion(current: string, changes: Changes, given?: string): string {
  const [major, minor, patch] = numbersOf(current);
  const least = ((): string => {
    if (major === 0) return changes.breaking ? `0.${minor + 1}.0` : `0.${minor}.${patch + 1}`;
    if (changes.breaking) return `${major + 1}.0.0`;
    return changes.added ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
  })();
  if (given === undefined) return least;
  if (isLower(given, least))
    throw new Error(`${given} is too low: what has changed since ${current} asks for ${least}`);
  return given;
}

function isLower(one: string, other: string): boolean {
  const [a, b] = [numbersOf(one), numbersOf(other)];
  const place = a.findIndex((number, index) => number !== b[index]);
  return place >= 0 && (a[place] ?? 0) < (b[place] ?? 0);
}

function numbersOf(version: string): [number, number, number] {
  const [, major, minor, patch] = /^(\d+)\.(\d+)\.(\d+)$/.exec(version) ?? [];
  if (major === undefined) throw new Error(`"${version}" is no version: write three numbers, as in 1.0.0`);
  return [Number(major), Number(minor), Number(patch)];
}
