import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesBelow } from '../support/files.js';
import { root } from '../support/paths.js';

/** `<!-- snippet: path/to/file.ts#region -->`, then a fence in any language. The region is optional. */
const SNIPPET = /(<!-- snippet: (\S+?)(?:#(\S+))? -->\n+```(\w*)[^\n]*\n)([\s\S]*?)(^```$)/gm;

/** Puts the code that the marks name into README.md and docs/. Returns the files that were stale. */
export async function snippets(options: { readonly check: boolean }): Promise<string[]> {
  const pages = [...filesBelow('README.md'), ...filesBelow('docs')].filter((file) => file.endsWith('.md'));
  const stale: string[] = [];
  for (const page of pages) {
    const before = readFileSync(join(root, page), 'utf8');
    const after = before.replace(
      SNIPPET,
      (_, head: string, file: string, region: string | undefined, _language: string, _code: string, end: string) =>
        head + excerpt(page, file, region) + end,
    );
    if (after === before) continue;
    stale.push(page);
    if (!options.check) writeFileSync(join(root, page), after);
  }
  return stale;
}

/** The lines between `#region name` and `#endregion`, without their common indentation; the whole file without a name. */
function excerpt(page: string, file: string, region: string | undefined): string {
  const path = join(root, file);
  if (!existsSync(path)) throw new Error(`${page} shows ${file}, which is not there`);
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  if (region === undefined) return lines.join('\n') + '\n';

  const isStart = (line: string): boolean => /#region\s+(\S+)/.exec(line)?.[1] === region;
  const start = lines.findIndex(isStart);
  const length = lines.slice(start + 1).findIndex((line) => line.includes('#endregion'));
  if (start < 0 || length < 0) throw new Error(`${page} shows ${file}#${region}, which the file does not mark`);
  const shown = lines.slice(start + 1, start + 1 + length);
  const indents = shown.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return shown.map((line) => line.slice(indent)).join('\n') + '\n';
}
