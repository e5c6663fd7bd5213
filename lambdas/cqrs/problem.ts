/** One field at fault. */
export interface FieldFault {
  /** Where, as a JSON pointer (RFC 6901): `/lines/0/quantity`; the empty text is the whole. */
  readonly pointer: string;
  readonly detail: string;
}

/** What a problem has besides its code and detail. */
export interface ProblemOptions extends ErrorOptions {
  /** All fields at fault. */
  readonly errors?: readonly FieldFault[];
  /** Members that the problem's type adds, such as `expected` and `actual`. */
  readonly members?: Readonly<Record<string, string | number | boolean>>;
  /** The summary of the type. Default: the code in words. */
  readonly title?: string;
}

/** The document that a client gets: `application/problem+json`, RFC 9457. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly FieldFault[];
  readonly [member: string]: unknown;
}

/**
 * A request that is answered with a problem document. Its message is the `detail` that the client sees.
 *
 * @example
 * throw new Problem('out-of-season', 409, 'lanterns are sold from October on');
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly title: string;
  readonly errors: readonly FieldFault[] | undefined;
  readonly members: Readonly<Record<string, string | number | boolean>>;

  constructor(
    /** Stable, in kebab-case: the end of the document's `type`. */
    readonly code: string,
    /** The HTTP status. */
    readonly status: number,
    detail: string,
    options: ProblemOptions = {},
  ) {
    super(detail, options);
    this.title = options.title ?? inWords(code);
    this.errors = options.errors;
    this.members = options.members ?? {};
  }

  /** The document of RFC 9457. */
  document(): ProblemDocument {
    return {
      ...this.members,
      type: `urn:dbpatterns:problem:${this.code}`,
      title: this.title,
      status: this.status,
      detail: this.message,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
    };
  }
}

/** Whether this is a Problem, also one of another copy of this library in the same bundle. */
export function isProblem(error: unknown): error is Problem {
  return error instanceof Error && error.name === 'Problem' && 'document' in error && 'status' in error;
}

function inWords(code: string): string {
  const words = code.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
