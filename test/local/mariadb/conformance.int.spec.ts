import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCase } from '../../../local/data-api/conformance/run.js';
import { TABLE } from '../../../local/data-api/conformance/table.js';
import { clusterArn, FIRST_USE, openDataApi, secretArn, startShop } from './support.js';

let shop: Awaited<ReturnType<typeof startShop>>;
let api: Awaited<ReturnType<typeof openDataApi>>;

beforeAll(async () => {
  shop = await startShop();
  api = await openDataApi(shop.server.port);
}, FIRST_USE);

afterAll(async () => {
  await api.close();
  await shop.stop();
});

const rows = TABLE.filter(({ engine, slow }) => engine === 'mysql' && !slow);

it.each(rows.map((row) => [row.id, row.says, row] as const))(
  'the RDS Data API over MariaDB does what row %s says: %s',
  async (_id, _says, row) => {
    expect(await runCase(api.client, { resourceArn: clusterArn, secretArn, database: 'shop' }, row)).toEqual([]);
  },
);
