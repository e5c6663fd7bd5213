import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, relative } from 'node:path';
import { watch, type FSWatcher } from 'chokidar';

const IGNORED = new Set(['node_modules', 'dist', 'cdk.out', '.local', '.git', 'coverage']);
/** An editor that saves several files does so within this time, in ms. */
const SETTLE = 50;

/** The changes of a project's files, gathered. */
export class Changes {
  /** What the files held when they changed last: a build that writes the same again changes nothing. */
  private readonly known = new Map<string, string>();
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
    for (;;) {
      if (this.paths.size === 0) await new Promise<void>((resolve) => (this.wake = resolve));
      await new Promise((resolve) => setTimeout(resolve, SETTLE));
      const taken = [...this.paths].filter((path) => this.isNew(path));
      this.paths.clear();
      if (taken.length > 0) return taken.map((path) => relative(this.directory, path));
    }
  }

  /** Forgets the changes below these folders: a build made them. */
  forget(folders: readonly string[]): void {
    for (const path of this.paths) if (folders.some((folder) => path.startsWith(folder))) this.paths.delete(path);
  }

  private isNew(path: string): boolean {
    const content = fingerprint(path);
    if (this.known.get(path) === content) return false;
    this.known.set(path, content);
    return true;
  }

  close(): Promise<void> {
    return this.watcher.close();
  }
}

function fingerprint(path: string): string {
  try {
    return createHash('sha256').update(fs.readFileSync(path)).digest('hex');
  } catch {
    return 'gone';
  }
}
