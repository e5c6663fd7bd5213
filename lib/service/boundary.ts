import type { IConstruct } from 'constructs';
import { admissionFindings, admit, warnIfOverdue } from '../private/boundary/admissions';

/** Somebody who is let in to stores of a service without belonging to it. Give `principal` or `principalArn`. */
export interface Admission {
  /**
   * Who: a function, a role, or anything that they stand below, another service included.
   * @default - `principalArn`
   */
  readonly principal?: IConstruct;
  /**
   * Who, where it is a role or user of elsewhere, an account, or everybody: as it stands in the store's own policy.
   * @default - `principal`
   */
  readonly principalArn?: string;
  /** Why, in 10 characters or more. */
  readonly reason: string;
  /**
   * To do what, as in `dynamodb:Scan`: the entry does not cover what is granted beyond that.
   * @default - whatever it is granted
   */
  readonly actions?: string[];
  /**
   * The last day, as in `2027-06-30`. Every synth after it warns.
   * @default - for good
   */
  readonly until?: string;
}

/**
 * The boundary around the stores of services: nobody but a store's own service reaches it. At synth all that does is an
 * error; this is the list of those who may, each with a reason.
 *
 * @example
 * declare const catalog: Service;
 * declare const products: DynamoDbStore;
 * declare const auditFn: lambda.Function;
 * Boundary.of(products).allow({
 *   principal: auditFn,
 *   reason: 'the yearly audit reads all prices',
 *   actions: ['dynamodb:Scan'],
 *   until: '2027-06-30',
 * });
 */
export class Boundary {
  /**
   * The boundary around the stores at and below a construct.
   *
   * @param scope a store, a service, a stack, or the app
   */
  public static of(scope: IConstruct): Boundary {
    return new Boundary(scope);
  }

  private readonly scope: IConstruct;

  private constructor(scope: IConstruct) {
    this.scope = scope;
  }

  /** Lets somebody in. An entry that lets in nobody any more is told of at synth. */
  public allow(admission: Admission): void {
    const findings = admissionFindings(admission);
    if (findings.length > 0) {
      findings.forEach((finding) => this.scope.node.addValidation({ validate: () => [`Boundary.allow: ${finding}`] }));
      return;
    }
    admit(this.scope, admission);
    warnIfOverdue(this.scope, admission);
  }
}
