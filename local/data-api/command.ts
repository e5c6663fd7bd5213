import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ExecuteStatementCommand, RDSDataClient } from '@aws-sdk/client-rds-data';
import { LocalCloudError } from '../errors.js';
import { report } from './conformance/report.js';
import { startDataApi, UsageError } from './standalone.js';

const HELP = `cdk-database-patterns-local data-api      an RDS Data API over databases that are there
cdk-database-patterns-local conformance   what an RDS Data API does, against the table of what it should do

data-api
  --postgres [ARN=]URL     PostgreSQL that stands for the cluster, or for every cluster named nowhere else
  --mariadb [ARN=]URL      MariaDB or MySQL, the same
  --secrets FILE           JSON of secrets, { "ARN": { "username": …, "password": … } }; default: any secret is the
                           user of the URL
  --secrets-endpoint URL   Secrets Manager (of an emulator, say) that has the secrets
  --documented-limits      refuse rows over 64 KB, too, which Aurora's documentation does, but Aurora does not
  --port NUMBER            default 8080
  --host ADDRESS           default 127.0.0.1; in a container 0.0.0.0
  --allow-host NAME        a name besides 127.0.0.1 and localhost by which it is called; again for more

conformance
  --cluster ARN  --secret ARN  --database NAME
  --engine postgresql|mysql   default postgresql
  --endpoint URL              of another Data API than AWS's
  --slow                      also what takes minutes
  --json                      every answer, to be kept

  Tables called conformance_… are made in the database, and dropped.

  cdk-database-patterns-local data-api --postgres postgres://me:secret@127.0.0.1:5432
  AWS_ENDPOINT_URL_RDS_DATA=http://127.0.0.1:8080 aws rds-data execute-statement --database shop --sql 'select 1' \\
    --resource-arn arn:aws:rds:eu-west-1:000000000000:cluster:any --secret-arn arn:aws:secretsmanager:any
`;

/** Runs the command line; sets the exit code: 0 done, 1 failed or differing, 2 asked for wrongly. */
export async function main(
  argv: readonly string[],
  write: (text: string) => void = systemWrite,
  sleep: (milliseconds: number) => Promise<void> = wait,
): Promise<void> {
  // the SDK's advice about the version of Node belongs to those who write programs with it
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const [command, ...args] = argv;
  try {
    if (command === 'data-api' && !args.includes('--help')) await dataApi(args, write);
    else if (command === 'conformance' && !args.includes('--help')) await conformance(args, write, sleep);
    else if (command === '--help' || command === '-h' || args.includes('--help')) write(HELP);
    else throw new UsageError(`there is ${command === undefined ? 'no command' : `no command ${command}`}: --help`);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isUsage = error instanceof UsageError || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    if (!isUsage && !(error instanceof LocalCloudError)) throw error;
    process.stderr.write(`cdk-database-patterns-local: ${error.message}\n`);
    process.exitCode = isUsage ? 2 : 1;
  }
}

const systemWrite = (text: string): void => void process.stdout.write(text);

async function dataApi(args: string[], write: (text: string) => void): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      postgres: { type: 'string', multiple: true, default: [] },
      mariadb: { type: 'string', multiple: true, default: [] },
      secrets: { type: 'string' },
      'secrets-endpoint': { type: 'string' },
      'documented-limits': { type: 'boolean' },
      port: { type: 'string', default: '8080' },
      host: { type: 'string' },
      'allow-host': { type: 'string', multiple: true, default: [] },
    },
  });
  if (!/^\d{1,5}$/.test(values.port)) throw new UsageError(`--port takes a number, not ${values.port}`);
  const server = await startDataApi({
    ...values,
    port: Number(values.port),
    documentedLimits: values['documented-limits'],
    secretsEndpoint: values['secrets-endpoint'],
    allowedHosts: values['allow-host'],
  });
  write(`RDS Data API at ${server.endpoint}\n`);
  const end = () => void server.close();
  process.once('SIGINT', end).once('SIGTERM', end);
}

async function conformance(
  args: string[],
  write: (text: string) => void,
  sleep: (milliseconds: number) => Promise<void>,
): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      cluster: { type: 'string' },
      secret: { type: 'string' },
      database: { type: 'string' },
      engine: { type: 'string', default: 'postgresql' },
      endpoint: { type: 'string' },
      slow: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const { cluster: resourceArn, secret: secretArn, database, engine, endpoint } = values;
  if (resourceArn === undefined || secretArn === undefined || database === undefined) {
    throw new UsageError('conformance needs --cluster ARN --secret ARN --database NAME');
  }
  if (engine !== 'postgresql' && engine !== 'mysql') {
    throw new UsageError(`--engine takes postgresql or mysql, not ${engine}`);
  }
  // an answer is what it is: repeated, it would be another
  const region = resourceArn.split(':')[3];
  const client = new RDSDataClient({ maxAttempts: 1, region, ...(endpoint === undefined ? {} : { endpoint }) });
  const target = { resourceArn, secretArn, database };
  try {
    const refusal = await refusalOf(
      () => client.send(new ExecuteStatementCommand({ ...target, sql: 'select 1' })),
      sleep,
    );
    if (refusal !== undefined) {
      const { name, message } = refusal;
      process.stderr.write(
        `cdk-database-patterns-local: the Data API does not answer "select 1": ${name}: ${message}\n`,
      );
      process.exitCode = 1;
      return;
    }
    const differing = await report(client, target, { engine, slow: values.slow, json: values.json, write });
    if (differing > 0) process.exitCode = 1;
  } finally {
    client.destroy();
  }
}

/** A paused database takes some 15 s to resume, rarely more than 30. */
const RESUMES = { everyMilliseconds: 2_000, times: 30 };

/** Why a call fails; a database that was paused is waited for. */
async function refusalOf(
  call: () => Promise<unknown>,
  sleep: (milliseconds: number) => Promise<void>,
): Promise<Error | undefined> {
  for (let time = 1; ; time++) {
    try {
      await call();
      return undefined;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error.name !== 'DatabaseResumingException' || time === RESUMES.times) return error;
      await sleep(RESUMES.everyMilliseconds);
    }
  }
}
