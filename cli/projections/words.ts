import type { Job } from './answers.js';
import type { Observed } from './observed.js';

// What a rebuild is like, in words.

const WORDS: Readonly<Record<string, string>> = {
  begin: 'begins',
  fill: 'filled with',
  verify: 'compared with',
  freeze: 'stands still for its totals',
  totals: 'totals are compared',
  ready: 'takes its place beside the live one',
  swap: 'readers are about to move',
  finish: 'readers move',
  drop: 'is dropped',
  done: 'done',
};

/** What comes after a wait, where that is said in other words. */
const AFTERWARDS: Readonly<Record<string, string>> = {
  fill: 'is filled',
  verify: 'is compared with history',
  totals: 'its totals are compared',
  swap: 'readers move',
};

/** One line: what is done, how far it is, how fast it goes and how long it takes. */
export function progress(job: Job, ended?: string): string {
  const { step, state, done, total, exact, rate, left, generation, wait = 0, dropAt, catchingUp } = job;
  if (ended !== undefined) {
    if (dropAt !== undefined) return `generation ${generation}: still kept, its execution is ${ended}`;
    return `generation ${generation}: nobody works on it, its execution is ${ended}`;
  }
  if (state !== 'running') return `generation ${generation}: ${state}`;
  if (dropAt !== undefined) return `generation ${generation}: kept until ${dropAt}`;
  if (wait > 0) {
    if (step === 'finish') return `generation ${generation}: readers move within ${wait} s`;
    const then = catchingUp ? 'catches up' : (AFTERWARDS[step] ?? WORDS[step] ?? step);
    return `generation ${generation}: waits ${wait} s until no function works by the state of before, then ${then}`;
  }
  if (step !== 'fill' && step !== 'verify') return `generation ${generation}: ${WORDS[step] ?? step}`;
  const share = total === 0 ? 100 : Math.min(100, Math.round((done / total) * 100));
  const rest = left === undefined ? '' : `, ${span(left)} left`;
  const of = `${done}/${exact ? '' : '~'}${total} commits (${share} %)`;
  return `generation ${generation}: ${catchingUp ? 'catches up, looks at' : WORDS[step]} ${of}, ${rate}/s${rest}`;
}

function span(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 360) / 10} h`;
}

/**
 * What a rebuild has come to, and what to do.
 *
 * @param flags what leads the commands that are named to the account, where it is one
 */
export function outcome(status: Observed, flags = ''): string {
  const { name, generation, version, job, ended } = status;
  const readers = `readers see generation ${generation}, version ${version}`;
  if (job === undefined) return `${name}: ${readers}.`;
  const what = job.rollback ? 'rollback' : 'rebuild';
  if (ended !== undefined && job.dropAt !== undefined) {
    return (
      `${name}: ${readers}. Generation ${job.generation} is still kept, and the execution that was to drop it is ` +
      `${ended}: "${command('resume', name, flags)}" drops it after ${job.dropAt}, "${command('rollback', name, flags)}" returns to it.`
    );
  }
  if (ended !== undefined) {
    return (
      `${name}: nobody works on the ${what} any more, its execution is ${ended} and the job stands at "${job.step}"; ` +
      `${readers}.\n${advice(name, job, flags)}`
    );
  }
  if (job.state === 'failed') {
    const { problem } = job;
    const streams = problem?.streams.length ? `: ${problem.streams.join(', ')}` : '';
    const said = `${name}: the ${what} failed, ${readers}. ${problem?.message ?? ''}${streams}\n${advice(name, job, flags)}`;
    if (problem?.code !== 'parked') return said;
    const discards = problem.streams.map((stream) => `\n  ${command('discard', `${name} ${stream}`, flags)}`);
    return `${said}\nWhere the view shall never have what a stream is parked for, pass it:${discards.join('')}`;
  }
  if (job.state === 'stopped') return `${name}: stopped, ${readers}. ${advice(name, job, flags)}`;
  if (job.state === 'running' && job.dropAt === undefined) return `${name}: ${progress(job)}`;
  if (job.dropAt === undefined) return `${name}: ${readers}.`;
  return `${name}: ${readers}. The one of before is kept until ${job.dropAt}: "${command('rollback', name, flags)}" returns to it.`;
}

/** What to do about a job that stands still. */
function advice(name: string, job: Job, flags: string): string {
  const on = `Go on with "${command('resume', name, flags)}"`;
  return isDropping(job) ? `${on}.` : `${on}, or give up with "${command('rollback', name, flags)}".`;
}

/** That a view is of another version than the one that is deployed. */
export function age({ name, version, declared }: Observed): string {
  return `${name} was built with version ${version} of its logic, deployed is ${declared}`;
}

/**
 * Why a job is left to the execution that works on it, or undefined. The function refuses what else cannot be done; whether
 * anybody works on it, Step Functions knows and the function does not.
 */
export function leftAlone({ name, job, ended }: Observed, keep: number | undefined, flags = ''): string | undefined {
  if (job?.state !== 'running' || ended !== undefined) return undefined;
  if (job.dropAt === undefined) {
    const what = job.rollback ? 'rollback' : 'rebuild';
    const said = `${name}: a ${what} is on its way already (${progress(job)}): follow it with "${command('status', name, flags)}"`;
    return job.rollback || isDropping(job) ? said : `${said}, or give it up with "${command('rollback', name, flags)}"`;
  }
  if (keep !== undefined) return undefined;
  return (
    `${name}: there is nothing to resume: readers have moved, and generation ${job.generation} is kept until ` +
    `${job.dropAt}; --keep changes that`
  );
}

/** A generation is being deleted: there is nothing to return to. */
function isDropping({ step, dropAt }: Job): boolean {
  return step === 'drop' && dropAt === undefined;
}

/** A command, as it is typed. */
export function command(verb: string, name: string, flags = ''): string {
  return `dbpatterns projections ${verb} ${name}${flags}`;
}
