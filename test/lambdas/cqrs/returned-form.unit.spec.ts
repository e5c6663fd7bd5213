import { describe, expect, it } from 'vitest';
import { compose } from '../../../lambdas/cqrs/returned-form.js';
import { sql } from '../../../lambdas/stores/index.js';
import { bind } from '../../../lambdas/stores/statement.js';

const append = { command: 'c', fingerprint: 'f', stream: 'product/1', commit: '{}' };
const times = { retentionDays: 7 };

describe('the statements of a command', () => {
  it('keep their own parameters, whatever their names', () => {
    const { text, params } = compose(
      [sql('insert into a values (:id, :k_stream)', { id: 1, k_stream: 'x' }), sql('update b set c = :id', { id: 2 })],
      append,
      times,
    );
    expect(text).toContain('insert into a values (:dbp_1_id, :dbp_1_k_stream)\nreturning 1');
    expect(text).toContain('update b set c = :dbp_2_id\nreturning 1');
    expect(params).toMatchObject({ dbp_1_id: 1, dbp_1_k_stream: 'x', dbp_2_id: 2, k_stream: 'product/1' });
    expect(() => bind(text, params)).not.toThrow();
  });

  it('that return something or only read are left as they are', () => {
    const { text } = compose([sql('delete from a returning b'), sql('select 1')], append, times);
    expect(text).toContain('(delete from a returning b\n)');
    expect(text).toContain('(select 1\n)');
  });

  it('may end with a semicolon or a comment', () => {
    const { text } = compose([sql('select 1; -- done')], append, times);
    expect(text).toContain('dbp_1 as materialized (select 1\n)');
    expect(compose([sql('delete from a -- all')], append, times).text).toContain(
      'delete from a -- all\nreturning 1\n)',
    );
  });

  it('are one each', () => {
    expect(() => compose([sql('select 1; select 2')], append, times)).toThrow(/exactly one statement/);
    expect(() => compose([sql('')], append, times)).toThrow(/exactly one statement/);
  });

  it('are the append alone if there are none', () => {
    expect(compose([], append, times).text).toMatch(/^select version, recorded_at from dbpatterns\.append\(/);
  });
});
