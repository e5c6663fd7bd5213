/** What the kit's SQL knows of the time. */
const CLOCKS = /\b(?:clock_timestamp|now)\(\)/g;

/**
 * SQL in virtual time: its clocks are those of the schema `sim`, and nothing else is changed.
 *
 * @throws Error if the text knows the time by other means, or speaks of the schema itself.
 */
export function inVirtualTime(text: string): string {
  const changed = text.replace(CLOCKS, (clock) => `sim.${clock}`);
  const back = changed.replaceAll('sim.', '');
  if (back !== text) throw new Error('the SQL speaks of the schema sim, which belongs to the simulation');
  const other =
    /\b(?:current_timestamp|localtimestamp|transaction_timestamp|statement_timestamp|current_date|timeofday|pg_sleep)\b/i.exec(
      text,
    );
  if (other !== null) throw new Error(`the SQL knows the time by ${other[0]}, which the simulation cannot set`);
  return changed;
}

/**
 * The clocks: milliseconds since 1970 in a file of the server's folder. All sessions see it at once, whatever their
 * snapshots, and nobody asks PostgreSQL to set it.
 */
export function virtualClock(file: string): string {
  const time = `$$ select to_timestamp(cast(pg_read_file('${file}') as bigint) / 1000.0) $$`;
  return `
    create schema sim;
    create function sim.clock_timestamp() returns timestamptz language sql volatile as ${time};
    create function sim.now() returns timestamptz language sql stable as ${time};
  `;
}
