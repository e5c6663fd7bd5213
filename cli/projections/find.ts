import { GetTemplateCommand, paginateListStackResources, paginateListStacks } from '@aws-sdk/client-cloudformation';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { bounded } from '../bounded.js';
import { isObject, type Target } from '../target.js';
import { UserError } from '../user-error.js';

/** A resource that a template describes for tools. */
interface Described {
  readonly stack: string;
  readonly type: string;
  readonly physicalId: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A deployed projection. */
export interface FoundProjection {
  readonly name: string;
  readonly stack: string;
  readonly stream: string;
  /** The version of its logic that was deployed. */
  readonly declared: string;
  readonly functionName: string;
  /** What rebuilds its view; a reaction has none. */
  readonly stateMachine?: string;
}

/** A store of commits in DynamoDB whose table can be published once more. */
export interface FoundCommits {
  readonly store: string;
  readonly service: string;
  readonly stack: string;
  readonly functionName: string;
}

/** A history that is kept from an archive. */
export interface FoundArchive {
  readonly service: string;
  readonly stream: string;
  readonly stack: string;
  /** Has the archive play. */
  readonly functionName: string;
}

/** How many stacks are read at once: CloudFormation throttles who asks for all of a large account. */
const AT_ONCE = 5;

/** The projections of the deployed stacks, in the order of their names. */
export async function findProjections(target: Target, stack?: string): Promise<FoundProjection[]> {
  const found: FoundProjection[] = [];
  for (const { metadata, type, physicalId, stack: name } of await describedBy(target, 'projection', stack)) {
    const isMachine = type === 'AWS::StepFunctions::StateMachine';
    found.push({
      name: text(metadata['name']),
      stack: name,
      stream: text(metadata['stream']),
      declared: text(metadata['version'], '1'),
      functionName: isMachine ? await calledBy(target, physicalId) : physicalId,
      ...(isMachine ? { stateMachine: physicalId } : {}),
    });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The projection of this name, or of this last part of a name where that is enough.
 *
 * @throws UserError that names those that there are
 */
export function pick(projections: readonly FoundProjection[], name: string, target: Target): FoundProjection {
  const exact = projections.filter((one) => one.name === name);
  const alike = exact.length > 0 ? exact : projections.filter((one) => one.name.endsWith(`/${name}`));
  const [only] = alike;
  if (only !== undefined && alike.length === 1) return only;
  const told = (all: readonly FoundProjection[]): string => all.map((one) => `${one.name} (${one.stack})`).join(', ');
  if (alike.length > 1) throw new UserError(`'${name}' is the name of several; add --stack: ${told(alike)}`);
  const unknown = `there is no projection '${name}' in ${target.name}: `;
  const wanted = `/${name.toLowerCase()}`;
  const meant = projections.filter((one) => `/${one.name.toLowerCase()}`.endsWith(wanted));
  if (meant.length > 0) throw new UserError(`${unknown}do you mean ${told(meant)}?`);
  throw new UserError(unknown + (told(projections) || 'no stack there has any'));
}

/** The stores of commits in DynamoDB. */
export async function findCommits(target: Target, stack?: string): Promise<FoundCommits[]> {
  return (await describedBy(target, 'commits', stack)).map(({ metadata, physicalId, stack: name }) => ({
    store: text(metadata['store']),
    service: text(metadata['service']),
    stack: name,
    functionName: physicalId,
  }));
}

/** The histories that are kept from archives. */
export async function findArchives(target: Target, stack?: string): Promise<FoundArchive[]> {
  return (await describedBy(target, 'archive', stack)).map(({ metadata, physicalId, stack: name }) => ({
    service: text(metadata['service']),
    stream: text(metadata['stream']),
    stack: name,
    functionName: physicalId,
  }));
}

async function describedBy(target: Target, kind: string, stack: string | undefined): Promise<Described[]> {
  const stacks = stack === undefined ? await deployed(target) : [stack];
  const all = await bounded(stacks, AT_ONCE, (one) => describedIn(target, one));
  return all.flat().filter(({ metadata }) => metadata['kind'] === kind);
}

async function deployed({ cloudFormation: client }: Target): Promise<string[]> {
  const names: string[] = [];
  for await (const { StackSummaries = [] } of paginateListStacks({ client }, {})) {
    for (const { StackName, StackStatus = '' } of StackSummaries) {
      if (StackName !== undefined && StackName !== 'CDKToolkit' && !/^(DELETE_COMPLETE|REVIEW)/.test(StackStatus)) {
        names.push(StackName);
      }
    }
  }
  return [...new Set(names)];
}

async function describedIn(target: Target, stack: string): Promise<Described[]> {
  const { cloudFormation: client, name: cloud } = target;
  let body: string;
  try {
    ({ TemplateBody: body = '{}' } = await client.send(new GetTemplateCommand({ StackName: stack })));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ValidationError') throw error;
    const names = (await deployed(target)).join(', ') || 'it has none';
    throw new UserError(`there is no stack '${stack}' in ${cloud}: ${names}`, { cause: error });
  }
  // A template that tools of others deployed may be YAML; the kit's are JSON.
  const template = json(body);
  const resources = isObject(template) && isObject(template['Resources']) ? template['Resources'] : {};
  const described = Object.entries(resources).flatMap(([id, resource]) => {
    if (!isObject(resource) || !isObject(resource['Metadata'])) return [];
    const metadata = resource['Metadata']['cdk-database-patterns'];
    return isObject(metadata) ? [{ id, type: text(resource['Type']), metadata }] : [];
  });
  if (described.length === 0) return [];
  const names = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: stack })) {
    for (const { LogicalResourceId, PhysicalResourceId } of StackResourceSummaries) {
      if (LogicalResourceId && PhysicalResourceId) names.set(LogicalResourceId, PhysicalResourceId);
    }
  }
  return described.flatMap(({ id, type, metadata }) => {
    const physicalId = names.get(id);
    return physicalId === undefined ? [] : [{ stack, type, metadata, physicalId }];
  });
}

/** The function that a rebuild's state machine calls. It may lie in another stack than the state machine. */
async function calledBy({ stepFunctions }: Target, stateMachineArn: string): Promise<string> {
  const { definition = '{}' } = await stepFunctions.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const machine = json(definition);
  const states = isObject(machine) && isObject(machine['States']) ? machine['States'] : {};
  const start = states['Start'];
  if (isObject(start) && typeof start['Resource'] === 'string') return start['Resource'];
  throw new UserError(`the state machine ${stateMachineArn} is none of this kit: deploy its stack anew`);
}

function json(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function text(value: unknown, otherwise = ''): string {
  return typeof value === 'string' ? value : otherwise;
}
