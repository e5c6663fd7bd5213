import type { Statements } from '../postgres.js';
import { MigrationError } from './errors.js';
import type { Migration } from './files.js';

/** What a table of another schema is for. */
export const USES = ['references', 'reads', 'writes'] as const;

/** A part of a database that others have parts of too. */
export interface Module {
  /** The schema that is its own. */
  readonly schema: string;
  /** Tables of others, `schema.table`, that it may reach. */
  readonly tables: readonly { readonly table: string; readonly use: (typeof USES)[number] }[];
}

/**
 * A statement of the kit's own migrations, for a module: what lies in `public` is in the module's schema, and what is in
 * `dbpatterns` beside it. Functions name all that they use in full, so that their text is what has to change.
 */
export function inModule(statement: string, module: Module): string {
  const [own, kit] = [quoted(module.schema), kitSchema(module)];
  return (
    statement
      .replace(/\bpublic\./g, `${own}.`)
      .replace(/\bschema public\b/g, `schema ${own}`)
      .replace(/\b(schema (?:dbpatterns, )?)dbpatterns(?=_view\b|\b)/g, `$1${kit}`)
      .replace(/\bschema dbpatterns, /g, `schema ${kit}, `)
      // What is quoted otherwise is the beginning of a message, or the name of a lock.
      .replace(/(?<!')\bdbpatterns(?=\.|_view\.)|(?<=pg_relation_size\(')dbpatterns\b/g, kit)
  );
}

/** The schema of the kit's tables and functions for a module. */
export function kitSchema({ schema }: Module): string {
  return `${schema}_dbpatterns`;
}

/** Makes the module's schema. Nobody but its users gets in. */
export async function makeSchema(tx: Statements, { schema }: Module): Promise<void> {
  await tx.query(`create schema if not exists ${quoted(schema)}`);
}

/** Has the names of a transaction mean the module's. */
export async function enter(tx: Statements, { schema }: Module): Promise<void> {
  await tx.query(`set local search_path = ${quoted(schema)}`);
}

/** A foreign key, or a view, from one schema into another one. */
type Crossing = Readonly<Record<'schema' | 'what' | 'target', string>>;

/** All that crosses schemas in the database. */
export async function crossings(tx: Statements): Promise<Crossing[]> {
  return tx.query<Crossing>(CROSSINGS);
}

/**
 * Refuses what ties a module to others: foreign keys and views over tables of other schemas that are not declared, and
 * those that a migration, which has the owner's rights, makes in the schemas of others.
 *
 * @param before - what crossed schemas before the migration
 * @throws MigrationError `crosses-schemas`
 */
export async function refuseCrossing(
  tx: Statements,
  module: Module,
  migration: Migration,
  before: readonly Crossing[],
): Promise<void> {
  const declared = new Set(module.tables.map(({ table }) => table));
  const known = new Set(before.map(nameOf));
  const crossing = (await crossings(tx)).filter((each) =>
    each.schema === module.schema ? !declared.has(each.target) : !known.has(nameOf(each)),
  );
  if (crossing.length === 0) return;
  const said = crossing.map((each) => (each.schema === module.schema ? '' : `in ${each.schema} `) + nameOf(each));
  throw new MigrationError(
    'crosses-schemas',
    migration.name,
    `${migration.name} reaches out of the schema ${module.schema}: ${said.join(', ')}; keep an id instead of a foreign key ` +
      'and follow the stream of the other service, or declare the table where the module is made',
  );
}

/** What may tie a module to others; refreshing a view does not. */
const TIES = /\b(references|foreign\s+key|create\s+([a-z]+\s+){0,3}view)\b/i;
const COMMENTS = /--.*$|\/\*[^]*?\*\//gm;

/**
 * Refuses, in a file whose statements commit one by one, what would stay when it turns out to cross schemas.
 *
 * @throws MigrationError `crosses-schemas`
 */
export function refuseTies(statements: readonly string[], module: Module, migration: Migration): void {
  const index = statements.findIndex((statement) => TIES.test(statement.replaceAll(COMMENTS, '')));
  if (index < 0) return;
  throw new MigrationError(
    'crosses-schemas',
    migration.name,
    `${migration.name}, statement ${index + 1}, has a foreign key or a view and runs without a transaction, so that it could ` +
      `not be taken back where it leads out of the schema ${module.schema}: put it into a file of its own, with a transaction`,
  );
}

function nameOf({ what, target }: Crossing): string {
  return `${what} → ${target}`;
}

const CROSSINGS = `
  select n.nspname as schema, 'the foreign key ' || c.conname as what, m.nspname || '.' || r.relname as target
    from pg_constraint c
    join pg_class t on t.oid = c.conrelid
    join pg_namespace n on n.oid = t.relnamespace
    join pg_class r on r.oid = c.confrelid
    join pg_namespace m on m.oid = r.relnamespace
   where c.contype = 'f' and n.oid <> m.oid
  union
  select n.nspname, 'the view ' || v.relname, m.nspname || '.' || r.relname
    from pg_depend d
    join pg_rewrite w on w.oid = d.objid
    join pg_class v on v.oid = w.ev_class
    join pg_namespace n on n.oid = v.relnamespace
    join pg_class r on r.oid = d.refobjid
    join pg_namespace m on m.oid = r.relnamespace
   where d.classid = cast('pg_rewrite' as regclass) and d.refclassid = cast('pg_class' as regclass) and n.oid <> m.oid
     and n.nspname not in ('pg_catalog', 'information_schema') and m.nspname not in ('pg_catalog', 'information_schema')
   order by schema, what, target`;

/**
 * What a module's user has beside the kit's grants: names that mean the module's, and what is declared of others. What was
 * declared once and is not any more is taken away, in the same transaction.
 */
export async function admit(tx: Statements, module: Module, user: { name: string; access: string }): Promise<void> {
  const name = quoted(user.name);
  await tx.query(`alter role ${name} set search_path = ${quoted(module.schema)}`);
  const own = { schema: module.schema, kit: kitSchema(module), kit_view: `${kitSchema(module)}_view` };
  for (const held of await tx.query<{ schema: string; relation: string | null }>(HELD, { name: user.name, ...own })) {
    const schema = quoted(held.schema);
    const what = held.relation === null ? `schema ${schema}` : `${schema}.${quoted(held.relation)}`;
    await tx.query(`revoke all on ${what} from ${name}`);
  }
  if (!MAY_SHARE.includes(user.access)) return;
  for (const { table, use } of module.tables) {
    if (use === 'references') continue;
    const [schema = '', relation = ''] = table.split('.');
    const rights = use === 'writes' && user.access !== 'reader' ? 'select, insert, update, delete' : 'select';
    await tx.query(`grant usage on schema ${quoted(schema)} to ${name}`);
    await tx.query(`grant ${rights} on ${quoted(schema)}.${quoted(relation)} to ${name}`);
  }
}

/** What a user was granted outside of its module. */
const HELD = `
  select distinct n.nspname as schema, c.relname as relation
    from pg_class c join pg_namespace n on n.oid = c.relnamespace, aclexplode(c.relacl) held join pg_roles r on r.oid = held.grantee
   where r.rolname = :name and n.nspname not in (:schema, :kit, :kit_view)
  union all
  select distinct n.nspname, cast(null as name)
    from pg_namespace n, aclexplode(n.nspacl) held join pg_roles r on r.oid = held.grantee
   where r.rolname = :name and n.nspname not in (:schema, :kit, :kit_view)`;

/** Those who reach the service's own tables; the kit's own users do not. */
const MAY_SHARE = ['commands', 'reader', 'writer'];

/** A name as SQL takes any. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
