import { expect, it } from 'vitest';
import { RESUMED, stepNoted, STOPPED } from './rebuild.js';
import type { Fault } from './schedule.js';
import { missed } from './strikes.js';

const run = (fault: Fault, ...struck: string[]) => ({
  schedule: { seed: 1, load: 0, clients: 1, pace: 0, faults: [{ at: 0, lasts: 0, fault }] },
  strikes: [new Map(struck.map((what) => [what, 1]))],
});
const rebuild = { kind: 'view rebuilt', of: 'the listing', when: 'after', stopped: false, back: false } as const;
const steps = ['begin', 'fill', 'verify', 'ready', 'verify again', 'swap', 'finish', 'drop', 'done'];

it('names a kind of fault that struck nothing in any run', () => {
  const refused = { kind: 'entries failed', share: 1 } as const;

  expect(missed([run(refused), run(refused)])).toEqual(['entries failed: it never struck anything']);
  expect(missed([run(refused), run(refused, 'an entry')])).toEqual([]);
});

it('names a way to cut a line, and where to, in which none was cut', () => {
  const cut = (how: 'refused' | 'swallowed', to: 'AWS' | 'the Data API') =>
    ({ kind: 'line cut', of: 'all functions', how, to, share: 1 }) as const;

  expect(missed([run(cut('refused', 'the Data API')), run(cut('swallowed', 'AWS'), 'PutEvents')])).toEqual([
    'line cut: refused: it never struck anything',
    'line cut: to the Data API: it never struck anything',
  ]);
  expect(missed([run(cut('refused', 'AWS')), run(cut('refused', 'AWS'), 'a connection')])).toEqual([]);
});

it('names a rebuild that was not stopped, or not resumed', () => {
  const stopped = { ...rebuild, stopped: true };

  expect(missed([run(stopped, ...steps, STOPPED, RESUMED)])).toEqual([]);
  expect(missed([run(stopped, ...steps, STOPPED)])).toEqual(['seed 1: the rebuild of the listing was not resumed']);
  expect(missed([run(stopped, ...steps)])).toHaveLength(2);
});

it('names a step at which a rebuild was not killed', () => {
  expect(missed([run(rebuild, ...steps)])).toEqual([]);
  expect(missed([run(rebuild, ...steps.filter((step) => step !== 'swap'))])).toEqual([
    'seed 1: the rebuild of the listing was not killed at swap',
  ]);
  expect(missed([run({ ...rebuild, back: true }, ...steps)])).toHaveLength(3);
  expect(missed([run({ ...rebuild, of: 'the baskets' }, ...steps)])).toHaveLength(2);
});

it('knows the step that a call notes, in DynamoDB and in PostgreSQL', () => {
  const put = (record: object): string | undefined =>
    stepNoted({ name: 'PutItem', body: Buffer.from(JSON.stringify({ Item: { _generation: record } })) });
  const job = { M: { step: { S: 'verify' }, total: { N: '3' } } };
  expect(put({ M: { job } })).toBe('verify');
  expect(put({ M: { job, beside: { M: { phase: { S: 'ready' } } } } })).toBe('verify again');
  expect(put({ M: { job: { M: { ...job.M, rollback: { BOOL: true } } } } })).toBe('verify on the way back');
  expect(put({ M: { live: { N: '1' } } })).toBeUndefined();

  const execute = (sql: string): string | undefined => {
    const parameters = [{ name: 'record', value: { stringValue: JSON.stringify({ job: { step: 'swap' } }) } }];
    return stepNoted({ name: 'Execute', body: Buffer.from(JSON.stringify({ sql, parameters })) });
  };
  expect(execute('select dbpatterns_view.write_record(:view, :record) as done')).toBe('swap');
  expect(execute('select 1')).toBeUndefined();
});
