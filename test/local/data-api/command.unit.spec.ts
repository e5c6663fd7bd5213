import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { main } from '../../../local/data-api/command.js';
import { DataApiError } from '../../../local/data-api/errors.js';
import { modelSession, openModel, target } from './model.js';

const ARGS = ['conformance', '--cluster', target.resourceArn, '--secret', target.secretArn, '--database', 'shop'];

let said: string;
let exitCode: typeof process.exitCode;

beforeEach(() => {
  said = '';
  exitCode = process.exitCode;
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
});

afterEach(() => {
  process.exitCode = exitCode;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Asks a Data API that refuses its first calls, and answers nothing to those after. */
async function ask(refusals: readonly DataApiError[]) {
  const left = [...refusals];
  const api = await openModel(() => {
    const refusal = left.shift();
    return refusal ? Promise.reject(refusal) : Promise.resolve(modelSession());
  });
  const waits: number[] = [];
  let told = '';
  const sleep = (milliseconds: number) => Promise.resolve(void waits.push(milliseconds));
  await main([...ARGS, '--endpoint', api.server.endpoint], (text) => (told += text), sleep);
  await api.close();
  return { waits, told, code: process.exitCode };
}

const resuming = new DataApiError('DatabaseResumingException', 'is resuming');

it('waits for a database that resumes, and asks it then', async () => {
  const { waits, told } = await ask([resuming, resuming, resuming]);
  expect(waits).toEqual([2_000, 2_000, 2_000]);
  expect(told).toMatch(/^\d+ rows, \d+ contradicted$/m);
});

it('gives a database up that resumes for a minute, and says so: exit code 1', async () => {
  const { waits, told, code } = await ask(Array.from({ length: 30 }, () => resuming));
  expect(waits).toHaveLength(29);
  expect({ told, code }).toEqual({ told: '', code: 1 });
  expect(said).toContain('does not answer "select 1": DatabaseResumingException: is resuming');
});

it('waits for nothing else, and says what it is: exit code 1, because it was asked for rightly', async () => {
  const { waits, told, code } = await ask([new DataApiError('AccessDeniedException', 'not you')]);
  expect({ waits, told, code }).toEqual({ waits: [], told: '', code: 1 });
  expect(said).toContain('does not answer "select 1": AccessDeniedException: not you');
});

it('is asked for wrongly without a cluster: exit code 2', async () => {
  await main(['conformance']);
  expect(process.exitCode).toBe(2);
  expect(said).toContain('--cluster ARN');
});
