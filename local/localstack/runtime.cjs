'use strict';
// Loads a handler and serves it by the Lambda Runtime API: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
const { Buffer } = require('node:buffer');
const { existsSync } = require('node:fs');
const { Agent, request } = require('node:http');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(':');
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = request({ host, port, agent, method, path: `/2018-06-01/runtime/${path}`, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function failure(error) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return JSON.stringify({ errorType: name, errorMessage: message, trace: (stack ?? '').split('\n') });
}

async function load(handler) {
  const dot = handler.lastIndexOf('.');
  const [file, name] = [join(process.env.LAMBDA_TASK_ROOT, handler.slice(0, dot)), handler.slice(dot + 1)];
  const found = ['.mjs', '.js', '.cjs'].map((ending) => file + ending).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`there is no ${file}.mjs, .js or .cjs`);
  const module = await import(pathToFileURL(found).href);
  const loaded = module[name] ?? module.default?.[name];
  if (typeof loaded !== 'function') throw new Error(`${found} exports no function ${name}`);
  return loaded;
}

function contextOf(headers) {
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

async function serve(handler) {
  for (;;) {
    const next = await call('GET', 'invocation/next');
    if (next.status !== 200) process.exit(0);
    const id = next.headers['lambda-runtime-aws-request-id'];
    process.env._X_AMZN_TRACE_ID = next.headers['lambda-runtime-trace-id'];
    try {
      const answer = await handler(JSON.parse(next.text), contextOf(next.headers));
      await call('POST', `invocation/${id}/response`, JSON.stringify(answer ?? null));
    } catch (error) {
      console.error(error);
      await call('POST', `invocation/${id}/error`, failure(error));
    }
  }
}

load(process.argv[2]).then(serve, async (error) => {
  console.error(error);
  await call('POST', 'init/error', failure(error));
  process.exit(1);
});
