import { basename, relative } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';

const IGNORED = new Set(['node_modules', 'dist', 'cdk.out', '.local', '.git', 'coverage']);
/** An editor that saves several files does so within this time, in ms. */
const SETTLE = 50;

/** The changes of a project's files, gathered. */
export class Changes {
  private readonly paths = new Set<string>();
  private wake: () => void = () => undefined;
  private readonly watcher: FSWatcher;

  constructor(private readonly directory: string) {
    this.watcher = watch(directory, {
      ignoreInitial: true,
      ignored: (path) => path !== directory && (IGNORED.has(basename(path)) || path.endsWith('.log')),
    });
    this.watcher.on('all', (event, path) => {
      if (event === 'addDir' || event === 'unlinkDir') return;
      this.paths.add(path);
      this.wake();
    });
  }

  /** Settles when the watching has begun. */
  ready(): Promise<void> {
    return new Promise((resolve) => this.watcher.once('ready', () => resolve()));
  }

  /** Waits for changes and takes them: paths relative to the project. */
  async next(): Promise<string[]> {
    if (this.paths.size === 0) await new Promise<void>((resolve) => (this.wake = resolve));
    await new Promise((resolve) => setTimeout(resolve, SETTLE));
    const taken = [...this.paths].map((path) => relative(this.directory, path));
    this.paths.clear();
    return taken;
  }

  /** Forgets the changes below these folders: a build made them. */
  forget(folders: readonly string[]): void {
    for (const path of this.paths) if (folders.some((folder) => path.startsWith(folder))) this.paths.delete(path);
  }

  close(): Promise<void> {
    return this.watcher.close();
  }
}
