import { fork } from 'node:child_process';
import type { Order, Told } from './messages.js';

/** Lets a worker live through its runs; `onTold` hears of each. */
export function employ(bundle: string, order: Order, onTold: (told: Told) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(bundle, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--enable-source-maps'] });
    child.on('message', (told) => onTold(told as Told));
    child.on('error', reject);
    // Only then has everything arrived that it told.
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`a worker of the simulation ended with ${code}`));
    });
    child.send(order);
  });
}
