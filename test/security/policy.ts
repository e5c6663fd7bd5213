/**
 * Evaluates policies as IAM does, for one account: an explicit deny wins, then what a policy of the role or of the resource
 * allows. It knows what this project's policies use and throws where it meets anything else.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */

/** A statement as it stands in a policy. */
export interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  /** Left out in trust policies. */
  readonly Resource?: string | readonly string[];
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Condition?: Conditions;
}

/** Operator to key to values. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, string | boolean | readonly string[]>>>>;

/** Keys to values; an empty list is a key that is not in the request. */
export type Context = Readonly<Record<string, readonly string[]>>;

/** What somebody asks for. */
export interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

/** Who asks, and what is written about it. */
export interface Policies {
  /** The ARN of the role. */
  readonly principal: string;
  /** Of the role. */
  readonly identity: readonly Statement[];
  /** Of the resource. */
  readonly resource: readonly Statement[];
}

/** What was decided. A condition on what the request does not say is left over. */
export interface Decision {
  readonly allowed: boolean;
  /** It is allowed when one of these holds; none where it is allowed without. */
  readonly when: readonly Conditions[];
  /** It is denied when one of these holds. */
  readonly unless: readonly Conditions[];
}

const KNOWN = ['Sid', 'Effect', 'Action', 'Resource', 'Principal', 'Condition'];

/** What IAM would answer. */
export function decide(request: Request, { principal, identity, resource }: Policies): Decision {
  const applying = [
    ...identity.filter((statement) => covers(statement, request)),
    ...resource.filter((statement) => covers(statement, request) && names(statement, principal)),
  ].map((statement) => ({ statement, holds: holds(statement.Condition, request.context) }));
  const refused: Decision = { allowed: false, when: [], unless: [] };
  const met = applying.filter(({ holds }) => holds !== false);
  const denying = met.filter(({ statement }) => statement.Effect === 'Deny');
  const allowing = met.filter(({ statement }) => statement.Effect === 'Allow');
  if (denying.some(({ holds }) => holds === true) || allowing.length === 0) return refused;
  const open = (all: typeof met): Conditions[] =>
    all.flatMap(({ holds }) => (typeof holds === 'object' ? [holds] : []));
  const free = allowing.some(({ holds }) => holds === true);
  return { allowed: true, when: free ? [] : open(allowing), unless: open(denying) };
}

/** Whether a text is one that a pattern with `*` and `?` means. */
export function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

export function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

function covers(statement: Statement, { action, resource }: Request): boolean {
  const unknown = Object.keys(statement).filter((key) => !KNOWN.includes(key));
  if (unknown.length > 0) throw new Error(`a statement has ${unknown.join(', ')}, which is not understood here`);
  return (
    list(statement.Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    list(statement.Resource).some((pattern) => matches(pattern, resource))
  );
}

/**
 * Whether a statement of a resource is about a role. What it allows the account is left to the account's own policies; what
 * it denies the account is denied to all of its roles.
 */
function names({ Principal: named, Effect }: Statement, principal: string): boolean {
  if (named === undefined) throw new Error('a statement of a resource has no principal');
  if (typeof named === 'string') return named === '*';
  const account = principal.split(':')[4] ?? '';
  const meant = ['*', principal, ...(Effect === 'Deny' ? [`arn:aws:iam::${account}:root`, account] : [])];
  return list(named['AWS']).some((each) => meant.includes(each));
}

/** `true`, `false`, or the conditions that hang on what the request does not say. */
function holds(conditions: Conditions | undefined, context: Context): boolean | Conditions {
  const open: Record<string, Record<string, string | boolean | readonly string[]>> = {};
  for (const [operator, keys] of Object.entries(conditions ?? {})) {
    for (const [key, wanted] of Object.entries(keys)) {
      const values = context[key];
      if (values === undefined) open[operator] = { ...open[operator], [key]: wanted };
      else if (
        !test(
          operator,
          values,
          list(wanted).map((each) => filled(String(each), context)),
        )
      )
        return false;
    }
  }
  return Object.keys(open).length === 0 ? true : open;
}

const BASE: Record<string, (value: string, wanted: readonly string[]) => boolean> = {
  StringEquals: (value, wanted) => wanted.includes(value),
  StringLike: (value, wanted) => wanted.some((pattern) => matches(pattern, value)),
  ArnEquals: (value, wanted) => wanted.some((pattern) => matches(pattern, value)),
  ArnLike: (value, wanted) => wanted.some((pattern) => matches(pattern, value)),
  Bool: (value, wanted) => wanted.some((each) => each.toLowerCase() === value.toLowerCase()),
};

function test(operator: string, values: readonly string[], wanted: readonly string[]): boolean {
  const [, quantifier, name = operator] = /^(ForAllValues|ForAnyValue):(.*)$/.exec(operator) ?? [];
  const negated = name.includes('Not') ? name.replace('Not', '') : undefined;
  if (name === 'Null') return wanted.every((each) => (values.length === 0) === (each === 'true'));
  const base = BASE[negated ?? name];
  if (base === undefined) throw new Error(`the condition operator ${operator} is not understood here`);
  const one = (value: string): boolean => base(value, wanted) === (negated === undefined);
  if (quantifier === 'ForAllValues') return values.every(one);
  if (quantifier === 'ForAnyValue') return values.some(one);
  if (values.length > 1) throw new Error(`${operator} is asked of a key with several values`);
  // A key that is not there meets a negated condition only.
  return values.length === 0 ? negated !== undefined : values.every(one);
}

/** `${aws:PrincipalTag/team, 'nobody'}` as it is for this request. */
function filled(text: string, context: Context): string {
  return text.replace(/\$\{([^,}]+)(?:,\s*'([^']*)')?\}/g, (_, key: string, otherwise?: string) => {
    const [value = otherwise] = context[key] ?? [];
    if (value === undefined) throw new Error(`${key} has no value and no default`);
    return value;
  });
}
