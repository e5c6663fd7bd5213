import { invalid } from './values.js';

/** A place in an item: `#a.b[0]`, its names resolved. */
export type Path = readonly (string | number)[];

export type Operand =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'size'; readonly path: Path }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: Operand }
  | { readonly kind: 'list_append'; readonly first: Operand; readonly second: Operand }
  | { readonly kind: 'sum'; readonly sign: 1 | -1; readonly first: Operand; readonly second: Operand };

export type Condition =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }
  | { readonly kind: 'not'; readonly part: Condition }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Operand; readonly right: Operand }
  | { readonly kind: 'between'; readonly value: Operand; readonly from: Operand; readonly to: Operand }
  | { readonly kind: 'in'; readonly value: Operand; readonly list: readonly Operand[] }
  | { readonly kind: 'exists'; readonly path: Path; readonly wanted: boolean }
  | { readonly kind: 'begins_with' | 'contains'; readonly path: Path; readonly value: Operand };

export type UpdateAction =
  | { readonly kind: 'set'; readonly path: Path; readonly value: Operand }
  | { readonly kind: 'remove'; readonly path: Path }
  | { readonly kind: 'add' | 'delete'; readonly path: Path; readonly value: Operand };

/** What stands for names and values in an expression. */
export interface Placeholders {
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

const TOKEN = /\s*(<>|<=|>=|[=<>(),.[\]+-]|[#:]?[A-Za-z_0-9]+)/y;

/** Reads expressions of DynamoDB; names and values without use are refused, as they are there. */
export class ExpressionReader {
  private readonly usedNames = new Set<string>();
  private readonly usedValues = new Set<string>();
  private tokens: string[] = [];

  constructor(private readonly given: Placeholders) {}

  condition(text: string): Condition {
    this.tokens = tokensOf(text);
    const condition = this.or();
    this.atEnd(text);
    return condition;
  }

  update(text: string): UpdateAction[] {
    this.tokens = tokensOf(text);
    const actions: UpdateAction[] = [];
    while (this.tokens.length > 0) {
      const section = this.next().toUpperCase();
      do {
        const path = this.path();
        if (section === 'SET') {
          this.expect('=');
          actions.push({ kind: 'set', path, value: this.sum() });
        } else if (section === 'REMOVE') actions.push({ kind: 'remove', path });
        else if (section === 'ADD') actions.push({ kind: 'add', path, value: this.operand() });
        else if (section === 'DELETE') actions.push({ kind: 'delete', path, value: this.operand() });
        else throw invalid(`Invalid UpdateExpression: ${section}`);
      } while (this.accept(','));
    }
    return actions;
  }

  paths(text: string): Path[] {
    this.tokens = tokensOf(text);
    const paths = [this.path()];
    while (this.accept(',')) paths.push(this.path());
    this.atEnd(text);
    return paths;
  }

  /** Every name and value that was given was used. */
  allUsed(): void {
    const name = Object.keys(this.given.names ?? {}).find((one) => !this.usedNames.has(one));
    if (name !== undefined) {
      throw invalid(`Value provided in ExpressionAttributeNames unused in expressions: keys: {${name}}`);
    }
    const value = Object.keys(this.given.values ?? {}).find((one) => !this.usedValues.has(one));
    if (value !== undefined) {
      throw invalid(`Value provided in ExpressionAttributeValues unused in expressions: keys: {${value}}`);
    }
  }

  private or(): Condition {
    const parts = [this.and()];
    while (this.acceptWord('OR')) parts.push(this.and());
    return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
  }

  private and(): Condition {
    const parts = [this.not()];
    while (this.acceptWord('AND')) parts.push(this.not());
    return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
  }

  private not(): Condition {
    if (this.acceptWord('NOT')) return { kind: 'not', part: this.not() };
    if (this.accept('(')) {
      const inner = this.or();
      this.expect(')');
      return inner;
    }
    return this.simple();
  }

  private simple(): Condition {
    const [word, bracket] = this.tokens;
    if (bracket === '(' && word !== 'size') {
      this.tokens.splice(0, 2);
      const path = this.path();
      if (word === 'attribute_exists' || word === 'attribute_not_exists') {
        this.expect(')');
        return { kind: 'exists', path, wanted: word === 'attribute_exists' };
      }
      if (word !== 'begins_with' && word !== 'contains') throw invalid(`Invalid function name: ${word}`);
      this.expect(',');
      const value = this.operand();
      this.expect(')');
      return { kind: word, path, value };
    }
    const value = this.operand();
    if (this.acceptWord('BETWEEN')) {
      const from = this.operand();
      if (!this.acceptWord('AND')) throw invalid('BETWEEN without AND');
      return { kind: 'between', value, from, to: this.operand() };
    }
    if (this.acceptWord('IN')) {
      this.expect('(');
      const list = [this.operand()];
      while (this.accept(',')) list.push(this.operand());
      this.expect(')');
      return { kind: 'in', value, list };
    }
    return { kind: 'compare', operator: this.next(), left: value, right: this.operand() };
  }

  private sum(): Operand {
    const first = this.operand();
    if (this.accept('+')) return { kind: 'sum', sign: 1, first, second: this.operand() };
    if (this.accept('-')) return { kind: 'sum', sign: -1, first, second: this.operand() };
    return first;
  }

  private operand(): Operand {
    const [word, bracket] = this.tokens;
    if (word === undefined) throw invalid('the expression ends too early');
    if (word.startsWith(':')) {
      this.next();
      const values = this.given.values ?? {};
      if (!(word in values)) throw invalid(`An expression attribute value used in expression is not defined: ${word}`);
      this.usedValues.add(word);
      return { kind: 'value', value: values[word] };
    }
    if (bracket !== '(') return { kind: 'path', path: this.path() };
    this.tokens.splice(0, 2);
    if (word === 'size') {
      const path = this.path();
      this.expect(')');
      return { kind: 'size', path };
    }
    if (word === 'if_not_exists') {
      const path = this.path();
      this.expect(',');
      const otherwise = this.operand();
      this.expect(')');
      return { kind: 'if_not_exists', path, otherwise };
    }
    if (word !== 'list_append') throw invalid(`Invalid function name: ${word}`);
    const first = this.operand();
    this.expect(',');
    const second = this.operand();
    this.expect(')');
    return { kind: 'list_append', first, second };
  }

  private path(): Path {
    const path: (string | number)[] = [this.name()];
    for (;;) {
      if (this.accept('.')) path.push(this.name());
      else if (this.accept('[')) {
        path.push(Number(this.next()));
        this.expect(']');
      } else return path;
    }
  }

  private name(): string {
    const word = this.next();
    if (!word.startsWith('#')) {
      // What begins with an underscore has to be named by a placeholder.
      if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(word)) throw invalid(`Syntax error; token: "${word}"`);
      return word;
    }
    const name = this.given.names?.[word];
    if (name === undefined)
      throw invalid(`An expression attribute name used in the document path is not defined: ${word}`);
    this.usedNames.add(word);
    return name;
  }

  private next(): string {
    const token = this.tokens.shift();
    if (token === undefined) throw invalid('the expression ends too early');
    return token;
  }

  private accept(token: string): boolean {
    if (this.tokens[0] !== token) return false;
    this.tokens.shift();
    return true;
  }

  private acceptWord(word: string): boolean {
    if (this.tokens[0]?.toUpperCase() !== word) return false;
    this.tokens.shift();
    return true;
  }

  private expect(token: string): void {
    if (!this.accept(token)) throw invalid(`Syntax error; token: "${this.tokens[0] ?? '<EOF>'}", near: "${token}"`);
  }

  private atEnd(text: string): void {
    if (this.tokens.length > 0) throw invalid(`Syntax error in "${text}"; token: "${this.tokens[0]}"`);
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) throw invalid(`Syntax error; near: "${text.slice(from, from + 20)}"`);
    tokens.push(token);
  }
  return tokens;
}
