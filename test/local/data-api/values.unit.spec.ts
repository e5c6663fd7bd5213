import { describe, expect, it } from 'vitest';
import { readRequest } from '../../../local/data-api/request.js';
import { compactJson, timeOfDay, timestamp, timestamptz } from '../../../local/data-api/postgres/values.js';

describe('what PostgreSQL writes, as the service writes it', () => {
  it.each([
    ['17:08:20', '17:08:20'],
    ['17:08:20.5', '17:08:20.500'],
    ['17:08:20.85', '17:08:20.850'],
    ['17:08:20.8551', '17:08:20.855100'],
    ['17:08:20.855153', '17:08:20.855153'],
  ])('has the time %s as %s', (text, expected) => {
    expect(timeOfDay(text)).toBe(expected);
  });

  it.each([
    ['2024-01-15 12:34:56+09', '2024-01-15 03:34:56'],
    ['2024-01-01 00:30:00.5+01', '2023-12-31 23:30:00.500'],
    ['2024-02-28 23:30:00-00:45', '2024-02-29 00:15:00'],
    ['2024-01-15 12:34:56+00', '2024-01-15 12:34:56'],
    ['0001-01-01 00:00:00+00', '0001-01-01 00:00:00'],
    ['1800-01-01 00:00:00-00:01:15', '1800-01-01 00:01:15'],
    ['10001-03-01 00:00:00+01', '10001-02-28 23:00:00'],
  ])('has the moment %s as %s', (text, expected) => {
    expect(timestamptz(text)).toBe(expected);
  });

  it('breaks on infinity without a word', () => {
    for (const write of [timestamp, timestamptz]) {
      expect(() => write('infinity')).toThrow(expect.objectContaining({ name: 'InternalFailure', body: '{}' }));
    }
  });

  it.each([
    ['{"a": 1, "b": [1, 2.50, "x y"]}', '{"a":1,"b":[1,2.5,"x y"]}'],
    ['{ "a" : null , "c":true }', '{"a":null,"c":true}'],
    ['"quote \\" and : , { \\u00e9"', '"quote \\" and : , { é"'],
    ['[18446744073709551615, 18446744073709551616]', '[18446744073709551615,18446744073709552000.0]'],
    ['[1.0, 1e400]', undefined],
  ])('has the JSON %s without spaces', (text, expected) => {
    if (expected === undefined) expect(() => compactJson(text)).toThrow(expect.objectContaining({ status: 500 }));
    else expect(compactJson(text)).toBe(expected);
  });
});

describe('a request', () => {
  const address = { resourceArn: 'arn:aws:rds:c', secretArn: 'arn:aws:sec:s' };
  const read = (body: object | string) =>
    readRequest('/Execute', Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

  it('says everything that is wrong with it at once', () => {
    expect(() => read({ resourceArn: 'short', sql: 'x'.repeat(65_537), formatRecordsAs: 'XML' })).toThrow(
      "4 validation errors detected: Value at 'secretArn' failed to satisfy constraint: Member must not be null; " +
        "Value at 'resourceArn' failed to satisfy constraint: Member must have length greater than or equal to 11; " +
        "Value at 'sql' failed to satisfy constraint: Member must have length less than or equal to 65536; " +
        "Value at 'formatRecordsAs' failed to satisfy constraint: Member must satisfy enum value set: [NONE, JSON]",
    );
  });

  it('counts characters, not their halves', () => {
    expect(read({ ...address, sql: '😀'.repeat(65_536) }).sql).toHaveLength(131_072);
  });

  it('names no schema', () => {
    expect(() => read({ ...address, sql: 'select 1', schema: 'public' })).toThrow(
      "The schema parameter isn't supported",
    );
  });

  it('keeps every digit of a long', () => {
    const sql = 'select :a, \'"longValue":9007199254740993,\'';
    const body = `{"resourceArn":"${address.resourceArn}","secretArn":"${address.secretArn}","sql":${JSON.stringify(sql)},
      "parameters":[{"name":"a","value":{"longValue":9007199254740993}}]}`;
    const request = read(body);
    expect(request.sql).toBe(sql);
    expect(request.parameters).toEqual([{ name: 'a', value: { longValue: '9007199254740993' } }]);
  });
});
