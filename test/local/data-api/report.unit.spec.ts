import { RDSDataClient } from '@aws-sdk/client-rds-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { report } from '../../../local/data-api/conformance/report.js';
import { TABLE } from '../../../local/data-api/conformance/table.js';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

let server: http.Server;
let client: RDSDataClient;
const target = { resourceArn: 'arn:aws:rds:x', secretArn: 'arn:aws:sec:x', database: 'd' };

beforeAll(async () => {
  // a service that answers 42 to everything
  server = http.createServer((_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"records":[[{"stringValue":"42"}]],"transactionId":"t"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  client = new RDSDataClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-west-1',
    credentials,
    maxAttempts: 1,
  });
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('the report on a service that answers 42 to everything', () => {
  it('has every row that it contradicts, with what was found, and notes what nobody knew', async () => {
    let told = '';
    const write = (text: string) => (told += text);
    const contradicted = await report(client, target, { engine: 'postgresql', slow: false, json: false, write });
    const known = TABLE.filter(
      ({ engine, slow, confidence }) =>
        engine === 'postgresql' && !slow && (confidence === 'documented' || confidence === 'observed'),
    );
    expect(contradicted).toBeGreaterThan(known.length * 0.9);
    expect(told).toMatch(/^differs {5}B1 +bool is a boolean \(documented\)$/m);
    expect(told).toMatch(/^as written {2}B3 +oid is a string \(observed\)$/m);
    expect(told).toMatch(/^noted {7}B8-nan /m);
    expect(told).toContain('expected {"field":{"booleanValue":true}}');
    expect(told).toMatch(/found {4}\{"records":\[\[\{"stringValue":"42"\}\]\]\}/);
  });
});
