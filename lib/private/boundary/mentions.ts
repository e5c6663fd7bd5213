import type { CfnElement } from 'aws-cdk-lib/core';
import type { Tell } from './deeds';
import type { Guarded, GuardedStores } from './guarded';
import { asPattern } from './marks';
import { isSingleton } from './singletons';
import type { Survey, Surveyed } from './survey';
import { shown, within } from './tree';
import { leaves } from './values';

/**
 * Resources that may refer to any store: they look at it from outside, or pass it on to something that is looked at, or
 * have policies and networks, which are read by themselves.
 */
const LOOKS_ON =
  /^Custom::(CrossRegionExport(Writer|Reader)|AWSCDKCfnJsonStringify)$|^AWS::(CloudTrail::|IAM::|Backup::|CloudFormation::Stack$|Lambda::(Permission|Version|Alias)$|SSM::Parameter$|SNS::TopicPolicy$|EC2::(?!(Instance|LaunchTemplate|SpotFleet|EC2Fleet)$)|VpcLattice::|Route53::|ResourceGroups::|Config::|Budgets::|KMS::|SecretsManager::(SecretTargetAttachment|ResourcePolicy|RotationSchedule)$|S3::BucketPolicy$|SQS::Queue(Inline)?Policy$|Kinesis::ResourcePolicy$|RDS::(DBSubnetGroup|DBClusterParameterGroup)$|CDK::)/;
/** What has one of the next two. */
const SAYS = /arn:|\{\{resolve:/;
/** An ARN in a text, be it JSON. */
const ARN = /arn:[^\s"'\\,:]*:[a-z0-9-]+:[^\s"'\\,]+/g;
/** The value of a secret, by its ARN or its name. */
const SECRET_VALUE = /\{\{resolve:secretsmanager:(arn:[^:]*:[^:]*:[^:]*:[^:]*:secret:[^:}]+|[^:}]+)/g;
/** Where AWS writes what happened: whoever operates keeps one place for all. */
const LOGS = /logging|log_?destination|access_?log/i;
const DEAD_LETTERS = /dead_?letter/i;
/** Resources that have a function run. */
const TRIGGERS = /^AWS::(Events::Rule|Logs::SubscriptionFilter|SNS::Subscription|Scheduler::Schedule|Pipes::Pipe)$/;

/** Whatever else of another service, or of none, refers to a store: in any property. */
export function readMentions(survey: Survey, stores: GuardedStores, tell: Tell): void {
  const hasNames = stores.all.some((store) => store.kind.what === 'secret' || isNamed(store));
  for (const surveyed of survey.resources) {
    const { resource, type, mentions, owner } = surveyed;
    const say: Tell = (reach) => {
      if (!isSingleton(resource)) {
        tell(reach);
      }
    };
    const looksOn = LOOKS_ON.test(type);
    if (hasNames) {
      readTexts(surveyed, looksOn, survey, stores, say);
    }
    for (const mention of looksOn ? [] : mentions) {
      const store = stores.of(mention);
      if (
        store === undefined ||
        mention === resource ||
        isOwn(mention, surveyed, stores) ||
        isHome(store, surveyed, stores)
      ) {
        continue;
      }
      if (store.kind.what === 'role' || (store.kind.acting === true && !TRIGGERS.test(type))) {
        continue;
      }
      if (isSingleton(resource)) {
        break;
      }
      const where = place(mention, surveyed, survey);
      if (store.owner === undefined && LOGS.test(where)) {
        continue;
      }
      // What did not get through to a service goes to its own queue, whoever tells it to work.
      if (owner === undefined && store.kind.what === 'queue' && DEAD_LETTERS.test(where)) {
        continue;
      }
      tell({
        actor: { construct: shown(resource), owner },
        store,
        actions: [],
        evidence: `${where} of ${type}`,
        via: resource,
      });
    }
  }
}

/** Whether its ARN is known, so that somebody may write it down instead of a reference. */
function isNamed(store: Guarded): boolean {
  const mayBe = store.kind.isData === true && (store.hasName === true || store.existing !== undefined);
  return mayBe && store.arns.some((arn) => !/[*?]/.test(arn.split(':').slice(5).join(':')));
}

/** ARNs that were written down, and values of secrets. */
function readTexts(surveyed: Surveyed, looksOn: boolean, survey: Survey, stores: GuardedStores, tell: Tell): void {
  const { resource, type, leads, owner } = surveyed;
  for (const { path, text } of leads) {
    if (!SAYS.test(text)) {
      continue;
    }
    const names = [...secretsIn(text, looksOn, survey, stores), ...(looksOn ? [] : arnsIn(text, stores))];
    for (const { store, name } of names.filter((each) => !isHome(each.store, surveyed, stores))) {
      if (store.construct !== shown(resource)) {
        const actor = { construct: shown(resource), owner };
        tell({ actor, store, actions: [], evidence: `${name} in ${path} of ${type}`, via: resource });
      }
    }
  }
}

interface Named {
  readonly store: Guarded;
  readonly name: string;
}

function* arnsIn(text: string, stores: GuardedStores): Generator<Named> {
  for (const [arn] of text.matchAll(ARN)) {
    for (const store of stores.matching(arn).filter(isNamed)) {
      yield { store, name: asPattern(arn) };
    }
  }
}

/** CloudFormation puts the value in, with the rights of who deploys: whoever has the text needs no permission. */
function* secretsIn(text: string, looksOn: boolean, survey: Survey, stores: GuardedStores): Generator<Named> {
  for (const [, id = ''] of text.matchAll(SECRET_VALUE)) {
    const targets = survey.marks.targetsOf(id);
    const arn = id.startsWith('arn:') ? id : `arn:*:secretsmanager:*:*:secret:${id}`;
    const found =
      targets.length > 0
        ? // Elsewhere a reference is a mention.
          targets.flatMap(({ element }) => (looksOn ? (stores.of(element) ?? []) : []))
        : [arn, `${arn}-??????`].flatMap((each) => stores.matching(each));
    for (const store of new Set(found)) {
      if (store.kind.what === 'secret') {
        yield { store, name: `the value of ${targets.length > 0 ? 'the secret' : asPattern(id)}` };
      }
    }
  }
}

/**
 * Whether a resource belongs where the store does: to its service; or, of a database that services share, below that. What
 * holds data of its own, as a cluster with the secret of its master, is judged by who reaches it.
 */
function isHome({ owner, commons }: Guarded, surveyed: Surveyed, stores: GuardedStores): boolean {
  const isOfAnother =
    owner === undefined &&
    commons.some((database) => !within(surveyed.resource, database)) &&
    stores.of(surveyed.resource)?.kind.isData !== true;
  return owner === surveyed.owner && !isOfAnother;
}

/** A resource that is but another name of the store, or the store's own part. */
function isOwn(mention: CfnElement, { resource }: Surveyed, stores: GuardedStores): boolean {
  return stores.isStandIn(resource) && stores.of(resource) === stores.of(mention);
}

/** The property that refers to it. */
function place(mention: CfnElement, { resource }: Surveyed, survey: Survey): string {
  for (const { path, text } of leaves(survey.asInTemplate(resource))) {
    if (survey.marks.refersTo(text, mention)) {
      return path;
    }
  }
  return 'a property';
}
