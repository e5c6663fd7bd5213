import { Listr, type ListrTask } from 'listr2';
import type { LocalPart, LocalProgress } from 'cdk-database-patterns-local';

const TITLES: Readonly<Record<LocalPart, string>> = {
  emulator: 'AWS emulator',
  postgres: 'PostgreSQL',
  mariadb: 'MariaDB',
  'data-api': 'RDS Data API',
  cloud: 'local cloud',
};

/** Signals are the command's business: the list would end the process before the cloud has ended. */
function list(tasks: ListrTask[]) {
  return new Listr(tasks, {
    concurrent: true,
    exitOnError: false,
    renderer: 'default',
    registerSignalListeners: false,
    // said once, by the command
    rendererOptions: { showErrorMessage: false },
  });
}

/** Shows how the parts of the cloud start: as a list that moves on a terminal, as plain lines elsewhere. */
export class StartProgress {
  private readonly parts = new Map<
    LocalPart,
    { show?: (text: string) => void; done: () => void; fail: (error: Error) => void }
  >();
  private readonly shown: Promise<unknown>;
  private waits = false;

  constructor(
    databases: readonly string[],
    private readonly interactive = process.stdout.isTTY,
  ) {
    // most clouds have no MariaDB
    const hasMariaDb = databases.some((name) => name.startsWith('mariadb:'));
    const parts = (Object.keys(TITLES) as LocalPart[]).filter((part) => part !== 'mariadb' || hasMariaDb);
    const tasks = parts.map((part) => {
      const ended = new Promise<void>((done, fail) => this.parts.set(part, { done, fail }));
      ended.catch(() => undefined);
      return {
        title: TITLES[part],
        task: (_context: unknown, task: { output: string; title: string }) => {
          const known = this.parts.get(part);
          if (known) known.show = (text) => (task.output = text);
          return ended;
        },
      };
    });
    this.shown = this.interactive
      ? list(tasks)
          .run()
          .catch(() => undefined)
      : Promise.resolve();
  }

  /** Says that another process does the work. */
  wait(): void {
    if (this.waits) return;
    this.waits = true;
    this.show({ part: 'cloud', message: 'waiting for another process that starts or ends it' });
  }

  show({ part, message, done }: LocalProgress): void {
    if (!this.interactive) console.log(`${TITLES[part]}: ${message}`);
    this.parts.get(part)?.show?.(message);
    if (done) this.parts.get(part)?.done();
  }

  /** Settles when everything is on the screen. */
  async end(error?: Error): Promise<void> {
    for (const part of this.parts.values()) {
      if (error) part.fail(error);
      else part.done();
    }
    await this.shown;
  }
}
