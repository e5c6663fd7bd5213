import { invalid } from 'cdk-database-patterns-lambda/cqrs';

/**
 * Refuses an id that is not one of this kind: the id is part of the path, so that no schema sees it.
 *
 * @throws Problem `invalid` (400).
 */
export function checkId(id: string, pattern: RegExp, allowed: string): void {
  if (!pattern.test(id)) throw invalid([{ pointer: '', detail: `the id in the path must be ${allowed}` }]);
}
