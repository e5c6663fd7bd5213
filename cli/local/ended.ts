import * as fs from 'node:fs';
import { join } from 'node:path';

/** What a supervisor that gives up writes last, after the time. */
const GIVEN_UP = /^(\S+) (.*); the local cloud was stopped$/;

/** Why the local cloud of a folder ended by itself, in words to add; nothing where somebody ended it. */
export function whyEnded(stateDirectory: string): string {
  const path = join(stateDirectory, 'supervisor.log');
  if (!fs.existsSync(path)) return '';
  const last = fs.readFileSync(path, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  const [, at, reason] = GIVEN_UP.exec(last) ?? [];
  return at === undefined ? '' : `It ended by itself at ${at}: ${reason}. "dbpatterns local logs --system" says more.`;
}
