/** The engines that a database of the local cloud can have. */
export type DatabaseEngine = 'postgres' | 'mariadb';

const MARIADB = 'mariadb:';

/** A database as it is asked for: `catalog` is one of PostgreSQL, `mariadb:legacy` one of MariaDB. */
export function readDatabase(asked: string): { readonly name: string; readonly engine: DatabaseEngine } {
  return asked.startsWith(MARIADB)
    ? { name: asked.slice(MARIADB.length), engine: 'mariadb' }
    : { name: asked, engine: 'postgres' };
}
