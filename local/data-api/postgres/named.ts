/** A piece of SQL: text to keep, or the name of a parameter. */
export type SqlPiece = { readonly text: string } | { readonly parameter: string };

/**
 * Finds the named parameters (`:name`, where a digit may lead) of a PostgreSQL statement as the service does. Strings,
 * quoted identifiers, comments, `::` and `:=` are left alone. Dollar quotes and array slices are not: the service
 * replaces `:b` in `$$a :b c$$` and `:2` in `[1:2]`.
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
    const name = sql[at] === ':' ? /^[A-Za-z0-9_]+/.exec(sql.slice(at + 1, at + 260))?.[0] : undefined;
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
  if (two === '--') return endOfLine(sql, at);
  if (two === '/*') return endOfComment(sql, at);
  if (sql[at] === '"') return endOfQuoted(sql, at, '"', false);
  if (sql[at] === "'") return endOfQuoted(sql, at, "'", isEscapeString(sql, at));
  return at;
}

function endOfLine(sql: string, from: number): number {
  const found = sql.indexOf('\n', from);
  return found < 0 ? sql.length : found + 1;
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
  return /[eE]/.test(sql[quote - 1] ?? '') && !/[A-Za-z0-9_]/.test(sql[quote - 2] ?? '');
}
