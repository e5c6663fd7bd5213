/** A piece of SQL: text to keep, or the name of a parameter. */
export type SqlPiece = { readonly text: string } | { readonly parameter: string };

/**
 * Finds the named parameters (`:name`) of a PostgreSQL statement. Strings, quoted identifiers, dollar-quoted bodies,
 * comments and `::` casts are left alone.
 */
export function namedParameters(sql: string): SqlPiece[] {
  const pieces: SqlPiece[] = [];
  let text = '';
  let at = 0;
  while (at < sql.length) {
    const skipped = skip(sql, at);
    if (skipped > at) {
      text += sql.slice(at, skipped);
      at = skipped;
      continue;
    }
    const name = /^:([A-Za-z_][A-Za-z0-9_]*)/.exec(sql.slice(at, at + 130))?.[1];
    if (name) {
      pieces.push({ text }, { parameter: name });
      text = '';
      at += name.length + 1;
    } else {
      text += sql.charAt(at);
      at += 1;
    }
  }
  pieces.push({ text });
  return pieces;
}

/** The end of whatever starts here in which a colon means nothing; `at` itself when nothing does. */
function skip(sql: string, at: number): number {
  const two = sql.slice(at, at + 2);
  if (two === '::' || two === ':=') return at + 2;
  if (two === '--') return endOf(sql, '\n', at + 2);
  if (two === '/*') return endOfComment(sql, at);
  if (sql[at] === '"') return endOfQuoted(sql, at, '"', false);
  if (sql[at] === "'") return endOfQuoted(sql, at, "'", isEscapeString(sql, at));
  const tag =
    sql[at] === '$' && !isWord(sql[at - 1])
      ? /^\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$/.exec(sql.slice(at, at + 70))?.[0]
      : undefined;
  return tag ? endOf(sql, tag, at + tag.length) : at;
}

function endOf(sql: string, mark: string, from: number): number {
  const found = sql.indexOf(mark, from);
  return found < 0 ? sql.length : found + mark.length;
}

/** Block comments nest. */
function endOfComment(sql: string, from: number): number {
  let depth = 0;
  for (let at = from; at < sql.length; at++) {
    const two = sql.slice(at, at + 2);
    if (two === '/*') depth++;
    else if (two === '*/') depth--;
    else continue;
    at++;
    if (depth === 0) return at + 1;
  }
  return sql.length;
}

function endOfQuoted(sql: string, from: number, quote: string, escapes: boolean): number {
  for (let at = from + 1; at < sql.length; at++) {
    if (escapes && sql[at] === '\\') at++;
    else if (sql[at] === quote && sql[at + 1] === quote) at++;
    else if (sql[at] === quote) return at + 1;
  }
  return sql.length;
}

/** `E'…'` knows backslashes, `'…'` does not. */
function isEscapeString(sql: string, quote: number): boolean {
  return /[eE]/.test(sql[quote - 1] ?? '') && !isWord(sql[quote - 2]);
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[A-Za-z0-9_]/.test(character);
}
