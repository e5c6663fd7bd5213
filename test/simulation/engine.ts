import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine, type Server } from './models/postgres/engine.js';

/** Folders with SQL, below the repository's root: the kit's, the catalog's and the views'. */
const FOLDERS = [
  'lambdas/cqrs/sql',
  'examples/storefront/services/catalog/sql',
  'examples/storefront/services/insights/sql',
  'test/simulation/shop/sql',
];

/** The database of the catalog and of the views that are kept in PostgreSQL, as their migrations make it; `changed` may change a file's text. */
export function catalogEngine(
  server: Server,
  name: string,
  root: string,
  changed: (file: string, text: string) => string = (_, text) => text,
): Promise<Engine> {
  const texts = FOLDERS.flatMap((folder) =>
    readdirSync(join(root, folder))
      .sort()
      .map((file) => changed(`${folder}/${file}`, readFileSync(join(root, folder, file), 'utf8'))),
  );
  return Engine.start(server, name, texts);
}
