/** A statement as the engine takes it: `?` for each occurrence of a parameter. */
export interface Placeholders {
  readonly text: string;
  /** Names of the parameters, in the order of their marks. */
  readonly names: readonly string[];
  /** Whether the caller wrote marks himself, to which nothing can be bound. */
  readonly hasOwnMarks: boolean;
  /** Whether something follows a semicolon: several statements, or the body of a procedure. */
  readonly goesOn: boolean;
}

/** In what follows one of these a colon, a question mark or a semicolon means nothing. */
const SKIPPED = new RegExp(
  [
    String.raw`'(?:[^'\\]|\\[\s\S]|'')*'?`,
    String.raw`"(?:[^"\\]|\\[\s\S]|"")*"?`,
    '`[^`]*`?',
    String.raw`--(?=[\s]|$)[^\n]*`,
    '#[^\\n]*',
    String.raw`\/\*[\s\S]*?(?:\*\/|$)`,
    '::',
  ].join('|'),
  'y',
);
const NAME = /:([A-Za-z0-9_]+)/y;
const BLANK = /^(?:\s|;|--(?=[\s]|$)[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)*$/;

/**
 * Replaces the named parameters (`:name`) of a MySQL statement. Strings, quoted identifiers and comments are left alone,
 * and `:=` assigns.
 */
export function placeholders(sql: string): Placeholders {
  const names: string[] = [];
  let text = '';
  let hasOwnMarks = false;
  let goesOn = false;
  for (let at = 0; at < sql.length;) {
    const skipped = match(SKIPPED, sql, at)?.[0];
    const named = skipped === undefined ? match(NAME, sql, at) : undefined;
    const piece = skipped ?? named?.[0] ?? sql.charAt(at);
    if (named?.[1] !== undefined) names.push(named[1]);
    text += named ? '?' : piece;
    at += piece.length;
    if (piece === '?') hasOwnMarks = true;
    if (piece === ';' && !BLANK.test(sql.slice(at))) goesOn = true;
  }
  return { text, names, hasOwnMarks, goesOn };
}

function match(pattern: RegExp, sql: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(sql);
}
