/**
 * Synthesises an app, `shop` or a number of services, with the check of the boundary or `unchecked`, and says what CPU
 * `app.synth()` took, in milliseconds.
 */
import * as sqs from 'aws-cdk-lib/aws-sqs';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { App, Stack, Stage } from 'aws-cdk-lib/core';
import { DomainEvents, DynamoDbStore, Service, StoreAccess } from 'cdk-database-patterns';
import { storefront } from '../../examples/storefront/services/app.js';

const [what = 'shop', check] = process.argv.slice(2);
if (check === 'unchecked') {
  // Every stage says that it is checked already.
  Object.defineProperty(Stage.prototype, Symbol.for('cdk-database-patterns.Boundary'), { value: true });
}
const app = what === 'shop' ? storefront() : services(Number(what));
const before = process.cpuUsage();
app.synth();
const { user, system } = process.cpuUsage(before);
console.log((user + system) / 1000);

/** Services with two stores, a queue and a function that uses them. */
function services(count: number): App {
  const all = new App();
  const stack = new Stack(all, 'Shop');
  const events = new DomainEvents(stack, 'Events');
  for (let n = 0; n < count; n += 1) {
    const service = new Service(stack, `Service${n}`, { events });
    const fn = new lambda.Function(service, 'Function', {
      runtime: lambda.Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: lambda.Code.fromInline('exports.handler = async () => ({});'),
    });
    for (const id of ['One', 'Other']) {
      new DynamoDbStore(service, id, { partitionKey: 'id' }).wire(fn, StoreAccess.READ_WRITE);
    }
    const queue = new sqs.Queue(service, 'Queue');
    queue.grantSendMessages(fn);
    fn.addEnvironment('QUEUE', queue.queueUrl);
  }
  return all;
}
