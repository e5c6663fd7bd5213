import { Problem } from './problem.js';

/**
 * The view has not got to what a token asks for in the time that a read waits. Answered with 409: ask again a little
 * later, or without the token.
 */
export class ViewBehind extends Problem {
  constructor(
    readonly stream: string,
    /** The version that the token asks for. */
    readonly wanted: number,
    /** The version that the view holds. */
    readonly applied: number,
  ) {
    super('view-behind', 409, `the view holds version ${applied} of ${stream}, version ${wanted} was asked for`, {
      members: { stream, wanted, applied },
    });
  }
}
