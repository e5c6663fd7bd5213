import { InvalidArgumentError, type Command } from 'commander';

/** What a rebuild is started with. */
export interface Input {
  readonly rate?: number;
  readonly keep?: number;
  readonly segments?: number;
  readonly settle?: number;
  readonly resume?: true;
  readonly rollback?: true;
}

// What is allowed the projection's function knows, which refuses the rest: here texts become numbers.

export const rateOption = (command: Command): Command =>
  command.option('--rate <n>', 'commits a second at most', numberIn);

export const segmentsOption = (command: Command): Command =>
  command.option(
    '--segments <n>',
    'parts of history, 1 to 64, of which 8 are read at once (default: 8; with --rate one for each 100 a second)',
    numberIn,
  );

/** How long is waited between two steps, and before what is not read any more is dropped. */
export const waitOptions = (command: Command, otherwise: { readonly settle: string; readonly keep: string }): Command =>
  command
    .option(
      '--settle <seconds>',
      `how long functions may work by an older state (default: ${otherwise.settle})`,
      numberIn,
    )
    .option('--keep <seconds>', `for how long the view of before is kept (default: ${otherwise.keep})`, numberIn);

function numberIn(value: string): number {
  const number = value.trim() === '' ? NaN : Number(value);
  if (!Number.isFinite(number)) throw new InvalidArgumentError('It must be a number.');
  return number;
}
