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

/** One line: what is done, how far it is, how fast it goes and how long it takes. */
export function progress({ step, state, done, total, exact, rate, left, generation }: Job, ended?: string): string {
  if (ended !== undefined) return `generation ${generation}: nobody works on it, its execution is ${ended}`;
  if (state !== 'running') return `generation ${generation}: ${state}`;
  if (step !== 'fill' && step !== 'verify') return `generation ${generation}: ${WORDS[step] ?? step}`;
  const share = total === 0 ? 100 : Math.min(100, Math.round((done / total) * 100));
  const rest = left === undefined ? '' : `, ${span(left)} left`;
  const of = `${done}/${exact ? '' : '~'}${total} commits (${share} %)`;
  return `generation ${generation}: ${WORDS[step]} ${of}, ${rate}/s${rest}`;
}

function span(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 360) / 10} h`;
}

/** What a rebuild has come to, and what to do. */
export function outcome(status: Observed): string {
  const { name, generation, version, job, ended } = status;
  const readers = `readers see generation ${generation}, version ${version}`;
  if (job === undefined) return `${name}: ${readers}.`;
  const what = job.rollback ? 'rollback' : 'rebuild';
  if (ended !== undefined) {
    return (
      `${name}: nobody works on the ${what} any more, its execution is ${ended} and the job stands at "${job.step}"; ` +
      `${readers}.\n${advice(name, job)}`
    );
  }
  if (job.state === 'failed') {
    const { problem } = job;
    const streams = problem?.streams.length ? `: ${problem.streams.join(', ')}` : '';
    return `${name}: the ${what} failed, ${readers}. ${problem?.message ?? ''}${streams}\n${advice(name, job)}`;
  }
  if (job.state === 'stopped') return `${name}: stopped, ${readers}. ${advice(name, job)}`;
  if (job.state === 'running' && job.dropAt === undefined) return `${name}: ${progress(job)}`;
  if (job.dropAt === undefined) return `${name}: ${readers}.`;
  return `${name}: ${readers}. The one of before is kept until ${job.dropAt}: "${command('rollback', name)}" returns to it.`;
}

/** What to do about a job that stands still. */
function advice(name: string, job: Job): string {
  const on = `Go on with "${command('resume', name)}"`;
  if (job.dropAt !== undefined) return `${on}, or return to the one of before with "${command('rollback', name)}".`;
  return isDropping(job) ? `${on}.` : `${on}, or give up with "${command('rollback', name)}".`;
}

/** That a view is of another version than the one that is deployed. */
export function age({ name, version, declared }: Observed): string {
  return `${name} was built with version ${version} of its logic, deployed is ${declared}`;
}

/** Why a rebuild would be refused, or undefined: an execution that is refused fails, and rings its alarm. */
export function refusal(
  status: Observed,
  { resume, rollback }: { resume?: true; rollback?: true },
): string | undefined {
  const { name, job, ended } = status;
  const isOn = job !== undefined && job.state !== 'done';
  if (resume) return isOn ? undefined : `${name}: there is nothing to resume: no rebuild was stopped or has failed`;
  if (rollback) {
    if (!isOn) return `${name}: there is nothing to roll back to: the view of before was dropped, or there was none`;
    if (!isDropping(job)) return undefined;
    return `${name}: generation ${job.generation} is being dropped, which is not rolled back: rebuild the view instead`;
  }
  if (!isOn || job.dropAt !== undefined) return undefined;
  if (job.state !== 'running' || ended !== undefined) return `a rebuild was begun already. ${outcome(status)}`;
  return (
    `${name}: a rebuild is on its way already (${progress(job)}): follow it with "${command('status', name)}", ` +
    `or give it up with "${command('rollback', name)}"`
  );
}

/** A generation is being deleted: there is nothing to return to. */
function isDropping({ step, dropAt }: Job): boolean {
  return step === 'drop' && dropAt === undefined;
}

function command(verb: string, name: string): string {
  return `dbpatterns projections ${verb} ${name}`;
}
