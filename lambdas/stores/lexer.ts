/** A piece of SQL: what may be looked into, and what is only carried along. */
export interface Token {
  readonly kind: 'word' | 'parameter' | 'open' | 'close' | 'semicolon' | 'comment' | 'other';
  readonly text: string;
}

/** In order: a longer form comes before the shorter one that it begins with. */
const PIECES: readonly [RegExp, Token['kind']][] = [
  [/--[^\n]*/y, 'comment'],
  [/[eE]'(?:\\[\s\S]|''|[^'\\])*'/y, 'other'],
  [/'(?:[^']|'')*'/y, 'other'],
  [/"(?:[^"]|"")*"/y, 'other'],
  [/\$(?<tag>[A-Za-z_]\w*)?\$[\s\S]*?\$\k<tag>\$/y, 'other'],
  [/::/y, 'other'],
  [/:[A-Za-z_]\w*/y, 'parameter'],
  [/[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y, 'word'],
  [/\(/y, 'open'],
  [/\)/y, 'close'],
  [/;/y, 'semicolon'],
  [/\s+/y, 'other'],
  [/[\s\S]/y, 'other'],
];

/** The pieces of a text of SQL, in order; joined they are the text again. Dollar quotes and nested comments count. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (let at = 0; at < text.length;) {
    const token = text.startsWith('/*', at) ? blockComment(text, at) : next(text, at);
    found.push(token);
    at += token.text.length;
  }
  return found;
}

function next(text: string, at: number): Token {
  for (const [pattern, kind] of PIECES) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) return { kind, text: match[0] };
  }
  return { kind: 'other', text: text.slice(at) };
}

function blockComment(text: string, start: number): Token {
  let depth = 0;
  let at = start;
  do {
    if (text.startsWith('/*', at)) depth += 1;
    else if (text.startsWith('*/', at)) depth -= 1;
    else {
      at += 1;
      continue;
    }
    at += 2;
  } while (depth > 0 && at < text.length);
  return { kind: 'comment', text: text.slice(start, at) };
}

/** The names of the parameters, each once. */
export function parameterNames(text: string): string[] {
  const names = tokens(text).filter(({ kind }) => kind === 'parameter');
  return [...new Set(names.map((token) => token.text.slice(1)))];
}

/** The same text with its parameters under other names. */
export function renameParameters(text: string, rename: (name: string) => string): string {
  return tokens(text)
    .map((token) => (token.kind === 'parameter' ? `:${rename(token.text.slice(1))}` : token.text))
    .join('');
}

/** The statements of a script, without the semicolons between them. Empty ones and mere comments are left out. */
export function splitStatements(script: string): string[] {
  const statements: Token[][] = [[]];
  for (const token of tokens(script)) {
    if (token.kind === 'semicolon') statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements
    .filter((list) => list.some(({ kind, text }) => kind !== 'comment' && text.trim() !== ''))
    .map((list) =>
      list
        .map(({ text }) => text)
        .join('')
        .trim(),
    );
}

/** The words outside of parentheses, in lower case. */
export function outerWords(text: string): string[] {
  let depth = 0;
  const words: string[] = [];
  for (const token of tokens(text)) {
    if (token.kind === 'open') depth += 1;
    if (token.kind === 'close') depth -= 1;
    if (token.kind === 'word' && depth === 0) words.push(token.text.toLowerCase());
  }
  return words;
}

const CHANGES = ['insert', 'update', 'delete', 'merge'];

/** Whether the statement changes rows, as `select … for update` does not. */
export function changesRows(text: string): boolean {
  const verb = outerWords(text).find((word) => word === 'select' || word === 'values' || CHANGES.includes(word));
  return verb !== undefined && CHANGES.includes(verb);
}
