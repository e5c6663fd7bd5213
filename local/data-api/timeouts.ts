import type { Session } from './engine.js';
import { DataApiError } from './errors.js';

/** Milliseconds after which the service ends a call. */
export const STATEMENT_TIMEOUT = 45_000;

/** Milliseconds in which an engine ends a statement that it was told to end. */
const STOPPED_WITHIN = 5_000;

/**
 * Waits for what a session runs, but not for too long. What takes longer is ended, or goes on unseen.
 *
 * @param action is told by its signal that nobody waits any more
 * @param timeout in milliseconds
 * @throws DataApiError `StatementTimeoutException`, in time; with `running` where the statement goes on
 */
export async function inTime<T>(
  session: Session,
  action: (signal: AbortSignal) => Promise<T>,
  timeout: number,
  goesOn = false,
): Promise<T> {
  const over = new AbortController();
  const running = action(over.signal);
  if (await endsWithin(timeout, running.then(ended, ended))) return running;
  const message = 'ERROR: canceling statement due to statement timeout; SQLState: 57014';
  const connectionId = session.id;
  if (goesOn) throw new DataApiError('StatementTimeoutException', message, { running, connectionId });
  over.abort();
  await stop(session, running);
  throw new DataApiError('StatementTimeoutException', message, { connectionId });
}

/**
 * Ends what a session runs. Where the engine cannot be told, or does not listen, the session itself goes.
 *
 * @param running settles when nothing runs any more
 */
export async function stop(session: Session, running: Promise<unknown>): Promise<void> {
  const stopped = session.cancel().then(() => running.then(ended, ended));
  if (!(await endsWithin(STOPPED_WITHIN, stopped))) session.cut();
}

/** Whether a promise is fulfilled in time. */
async function endsWithin(milliseconds: number, promise: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, milliseconds, false)));
  const first = await Promise.race([promise.then(yes, no), late]);
  clearTimeout(timer);
  return first;
}

const ended = (): void => undefined;
const yes = (): boolean => true;
const no = (): boolean => false;
