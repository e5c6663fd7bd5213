import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { EnvironmentError, type Clock } from '../stores/index.js';
import { DELAY_LIMIT } from './limits.js';

/** The queue whose delayed messages wake the relay. */
export interface SweepQueue {
  readonly client: Pick<SQSClient, 'send'>;
  readonly url: string;
  readonly service: string;
}

/** How much longer than the function's time-out a sweep waits, in seconds: a statement may outlive its function. */
const MARGIN = 60;

/** Sends a sweep that is due after a delay, in seconds. */
export async function sendSweep({ client, url, service }: SweepQueue, delay: number): Promise<void> {
  const body = JSON.stringify({ dbpatterns: 'sweep', service });
  await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body, DelaySeconds: delay }));
}

/** When the next sweep has to be due, and with which delay it is sent, in seconds. */
export function sweepTimes(functionTimeout: number): { readonly earliest: number; readonly delay: number } {
  const earliest = functionTimeout + MARGIN;
  if (earliest > DELAY_LIMIT) {
    throw new EnvironmentError(
      'invalid-variable',
      'DBPATTERNS_COMMANDS',
      `a command handler may run for ${DELAY_LIMIT - MARGIN} seconds at most, its time-out is ${functionTimeout}: ` +
        'a sweep has to be due after it, and SQS delays by 900 seconds at most',
    );
  }
  return { earliest, delay: Math.min(2 * earliest, DELAY_LIMIT) };
}

/**
 * Makes sure, before a transaction opens, that a sweep is due after the function must have ended: what it could not
 * publish is then found. One message serves all commands of a container until it would be due too early for the next.
 */
export function sweeper(queue: SweepQueue, functionTimeout: number, now: Clock): () => Promise<void> {
  const { earliest, delay } = sweepTimes(functionTimeout);
  let due = 0;
  return async () => {
    const time = now().getTime() / 1000;
    if (due >= time + earliest) return;
    await sendSweep(queue, delay);
    due = time + delay;
  };
}
