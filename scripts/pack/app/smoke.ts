/** A command to the deployed app, and its view read with the token of the answer. */
import { strict as assert } from 'node:assert';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { attachLocalCloud } from 'cdk-database-patterns-local';

const cloud = await attachLocalCloud('.local/state');
Object.assign(process.env, cloud.environment);
const { Stacks } = await new CloudFormationClient({}).send(new DescribeStacksCommand({ StackName: 'Notes' }));
const output = (key: string): string =>
  cloud.httpUrl(Stacks?.[0]?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? '').replace(/\/$/, '');

// Without enforced IAM the local cloud only wants to see that there is a signature.
const authorization = 'AWS4-HMAC-SHA256 Credential=test';
const written = await fetch(`${output('CommandsUrl')}/note/first/Write`, {
  method: 'POST',
  headers: { authorization, 'content-type': 'application/json', 'idempotency-key': 'first-command' },
  body: JSON.stringify({ text: 'it works elsewhere' }),
});
assert.equal(written.status, 200, await written.clone().text());
const token = written.headers.get('x-consistency-token');
assert.ok(token, 'the answer to a command has a token');

// A view that is still behind after the query's own wait answers 409: ask again.
const ask = (): Promise<Response> =>
  fetch(`${output('QueriesUrl')}/notes/first`, { headers: { authorization, 'x-consistency-token': token } });
let read = await ask();
for (let attempt = 1; read.status === 409 && attempt < 10; attempt += 1) read = await ask();
const text = await read.text();
assert.equal(read.status, 200, text);
assert.equal((JSON.parse(text) as { text: string }).text, 'it works elsewhere');
