import { both } from './both.js';
import type { Case } from './case.js';
import { mysql } from './mysql.js';
import { postgresErrors } from './postgres-errors.js';
import { postgresParameters } from './postgres-parameters.js';
import { postgresResults } from './postgres-results.js';

/** What the RDS Data API does, row by row. */
export const TABLE: readonly Case[] = [
  ...postgresResults,
  ...postgresParameters,
  ...postgresErrors,
  ...both('postgresql'),
  ...mysql,
  ...both('mysql'),
];
