import type { IConstruct } from 'constructs';
import { SERVICE_TAG } from '../closed';
import type { Reach } from './deeds';
import type { Guarded } from './guarded';
import { offersOf } from './offers';
import { asPattern } from './marks';
import type { Forger } from './publishing';
import { isEverybody } from './resource-policies';
import { sharersOf } from '../ownership';
import { isOfMaster } from './sharing';
import { shown } from './tree';

/** How many of many are named. */
const MOST = 5;

/** Why it is wrong, and what to do instead. */
export function messageOf(reaches: readonly Reach[]): string {
  const [first] = reaches;
  if (first === undefined) {
    return '';
  }
  const { owner, by } = first.actor;
  const who =
    first.arn === undefined
      ? (owner === undefined ? 'belongs to no service and' : ofService(owner)) +
        (by === undefined ? '' : `, by the role ${by.node.path},`)
      : `lets in ${stranger(first.arn)}, which`;
  const stores = [...new Set(reaches.map(({ store }) => store))];
  const [store = first.store] = stores;
  if (first.wide !== undefined) {
    const reached = stores.map(nameOf);
    return (
      `${who} ${first.wide} (${first.evidence}), which reaches ` +
      `${some(reached)}; ${rule(first)}. Instead: ${first.instead ?? waysTo(first)}; or ${listing(store, first)}`
    );
  }
  const verb = store.kind.acting === true ? 'uses' : 'reaches';
  return (
    `${who} ${verb} ${nameOf(store)}: ${some(reaches.map(howOf))}; ` +
    `${rule(first)}. Instead: ${first.instead ?? waysTo(first)}; or ${listing(store, first)}`
  );
}

/** What else there is for what two services share, by its kind. */
const MENDS: Readonly<Record<string, string>> = {
  table: 'create it below one of them, or below that one say that it exists (DynamoDbStore.fromTable)',
  database:
    'create it below one of them, or below that one say that it exists (PostgresStore.fromDataApi); ' +
    'or make it a SharedDatabase, which says who shares it and until when',
};

/** Two services that share what belongs to neither. */
export function sharedMessage(store: Guarded, users: readonly Reach[]): string {
  const who = users.map(({ actor }) => `${actor.construct.node.path} ${ofService(actor.owner)}`);
  const what = store.existing ?? store.construct.node.path;
  const mend = MENDS[store.kind.what] ?? 'create it below one of them, which offers what it knows by an operation';
  return (
    `the ${store.kind.what} ${what} belongs to no service and is used by ${some(who)}; one store has one owner. Instead: ` +
    `${mend}; or list each who uses it: Boundary.of(<${store.construct.node.path}>).allow({ principal, reason })`
  );
}

/** Two services that each say that something is theirs. */
export function contestedMessage(owner: IConstruct | undefined, store: Guarded, arn: string): string {
  return (
    `${ofService(owner)} claims ${arn}, which is ${nameOf(store)}; one database has one owner. ` +
    'Instead: follow what that service offers, or make it a SharedDatabase, which says who shares it and until when'
  );
}

/** Somebody may reach a store, and is refused by its own policy all the same. */
export function refusedMessage(reach: Reach, tag: string): string {
  const { actor, store, role, via } = reach;
  const { node } = shown(role ?? actor.construct);
  return (
    `may reach ${nameOf(store)} (policy ${via.node.path}) and will be refused: on a bus with a name it lets in roles with ` +
    `the tag ${SERVICE_TAG}=${tag}, and ${node.path} has none or another. Instead: have ${waysTo(reach)}; or create the role ` +
    `below the service, or tag it: Tags.of(<${node.path}>).add('${SERVICE_TAG}', '${tag}')`
  );
}

/** Somebody may publish in the name of others. */
export function forgeryMessage({ actor, bus, policy, arn }: Forger): string {
  const { owner, construct } = actor;
  const who = owner === undefined ? 'belongs to no service and' : ofService(owner);
  return (
    `${arn === undefined ? who : `lets in ${stranger(arn)}, which`} may publish as any service: events:PutEvents on ` +
    `the bus ${bus.node.path} without the condition that events:source is its own name (policy ${policy.node.path}). ` +
    'Instead: publish by a CommandApi; or list it: ' +
    `Boundary.of(<${bus.node.path}>).allow({ ${principal(construct, arn)}, reason })`
  );
}

function ofService(service: IConstruct | undefined): string {
  return service === undefined
    ? 'that belongs to no service'
    : `of the service "${serviceName(service)}" (${service.node.path})`;
}

function nameOf({ kind, construct, owner, existing, commons }: Guarded): string {
  const what = existing === undefined ? '' : ` (${existing})`;
  const sharers = commons.flatMap(sharersOf).map(({ node }) => node.path);
  const whose =
    commons.length === 0 ? ofService(owner) : `that ${sharers.length === 0 ? 'services' : some(sharers, ', ')} share`;
  return `the ${kind.what} ${construct.node.path}${what} ${whose}`;
}

function howOf({ actions, evidence }: Reach): string {
  const [first = '', ...others] = actions;
  const prefix = first.slice(0, first.indexOf(':') + 1);
  const short = [first, ...others.map((action) => (action.startsWith(prefix) ? action.slice(prefix.length) : action))];
  return actions.length === 0 ? evidence : `${short.join(', ')} (${evidence})`;
}

function rule(reach: Reach): string {
  const { kind, commons } = reach.store;
  if (commons.length > 0) {
    return isOfMaster(reach)
      ? "the master's secret is for what is below the database itself"
      : 'who has a part of it uses it, and nobody else';
  }
  if (reach.wide !== undefined) {
    return 'only its owner uses a store';
  }
  if (kind.acting === true) {
    return 'what a service offers to others are operations, called by their alias';
  }
  return kind.what === 'queue'
    ? 'only its owner puts messages into a queue or takes them out'
    : 'only its owner uses a store';
}

/** What the service of a store offers. */
function waysTo(reach: Reach): string {
  const { owner, commons } = reach.store;
  if (commons.length > 0) {
    return isOfMaster(reach)
      ? "use the users of the service's own part (store.wire, store.userSecret)"
      : 'have the service take a part of it (module of a SingleDatabase, storeFor of a SharedDatabase), which has users of its own';
  }
  const ways = owner === undefined ? [] : offersOf(owner);
  if (ways.length > 0) {
    return some(ways, ', or ');
  }
  const name = owner === undefined ? 'it' : `"${serviceName(owner)}"`;
  return (
    `${name} offers nothing yet: have it publish a stream (CommandApi) and follow that (Projection), answer questions ` +
    `(QueryApi), or offer an operation (service.operation)`
  );
}

function listing({ construct }: Guarded, { actor, arn }: Reach): string {
  const owned =
    actor.owner === undefined && arn === undefined ? 'create it below the service that it belongs to, or ' : '';
  return `${owned}list it: Boundary.of(<${construct.node.path}>).allow({ ${principal(actor.construct, arn)}, reason })`;
}

/** Who is to be let in, as `Boundary.allow` takes it. */
function principal(construct: IConstruct, arn: string | undefined): string {
  return arn === undefined ? `principal: <${construct.node.path}>` : `principalArn: '${asPattern(arn)}'`;
}

function stranger(name: string): string {
  const arn = asPattern(name);
  return isEverybody(arn) ? `everybody (${arn})` : arn;
}

function some(all: readonly string[], separator = '; '): string {
  const distinct = [...new Set(all)];
  const rest = distinct.length - MOST;
  return distinct.slice(0, MOST).join(separator) + (rest > 0 ? ` and ${rest} more` : '');
}

function serviceName(service: IConstruct): string {
  const name: unknown = Reflect.get(service, 'serviceName');
  return typeof name === 'string' ? name : service.node.id;
}
