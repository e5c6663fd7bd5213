import type { Changes } from './version.js';

const UNRELEASED = '## Unreleased';
const SECTIONS = ['Breaking', 'Added', 'Changed', 'Fixed'];

/** What stands under "Unreleased". */
export interface Unreleased extends Changes {
  readonly text: string;
}

/**
 * Reads what is not released yet.
 *
 * @throws Error where the changelog has no such part, or one with an unknown heading.
 */
export function unreleased(changelog: string): Unreleased {
  const start = changelog.indexOf(`${UNRELEASED}\n`);
  if (start < 0) throw new Error(`CHANGELOG.md has no "${UNRELEASED}"`);
  const rest = changelog.slice(start + UNRELEASED.length);
  const end = rest.search(/^## /m);
  const text = (end < 0 ? rest : rest.slice(0, end)).trim();
  const headings = [...text.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading ?? '');
  const unknown = headings.filter((heading) => !SECTIONS.includes(heading));
  if (unknown.length > 0) {
    throw new Error(`CHANGELOG.md has "### ${unknown.join('", "### ')}"; the headings are ${SECTIONS.join(', ')}`);
  }
  return { text, breaking: headings.includes('Breaking'), added: headings.includes('Added') };
}

/** The changelog with what was unreleased under a version and its day. */
export function released(changelog: string, version: string, day: string): string {
  return changelog.replace(`${UNRELEASED}\n`, `${UNRELEASED}\n\n## ${version} (${day})\n`);
}
