import type { CfnElement } from 'aws-cdk-lib/core';
import type { Tell } from './deeds';
import type { Guarded, GuardedStores } from './guarded';
import { isSingleton } from './singletons';
import type { Survey, Surveyed } from './survey';
import { shown } from './tree';
import { leaves } from './values';

/**
 * Resources that may refer to any store: they look at it from outside, or pass it on to something that is looked at, or
 * have policies and networks, which are read by themselves.
 */
const LOOKS_ON =
  /^Custom::CrossRegionExport(Writer|Reader)$|^AWS::(CloudTrail::|IAM::|Backup::|CloudFormation::Stack$|Lambda::(Permission|Version|Alias)$|SSM::Parameter$|SNS::TopicPolicy$|EC2::|VpcLattice::|Route53::|ResourceGroups::|Config::|Budgets::|KMS::|SecretsManager::(SecretTargetAttachment|ResourcePolicy|RotationSchedule)$|S3::BucketPolicy$|SQS::Queue(Inline)?Policy$|Kinesis::ResourcePolicy$|RDS::(DBSubnetGroup|DBClusterParameterGroup)$|CDK::)/;
/** An ARN in a text, be it JSON. */
const ARN = /arn:[a-z-]+:[a-z0-9-]+:[^\s"'\\,]+/g;
/** Resources that have a function run. */
const TRIGGERS = /^AWS::(Events::Rule|SNS::Subscription|Scheduler::Schedule|Pipes::Pipe)$/;

/** Whatever else of another service, or of none, refers to a store: in any property. */
export function readMentions(survey: Survey, stores: GuardedStores, tell: Tell): void {
  const hasNamed = stores.all.some(isNamed);
  for (const surveyed of survey.resources) {
    const { resource, type, mentions, owner } = surveyed;
    if (LOOKS_ON.test(type) || isSingleton(resource)) {
      continue;
    }
    if (hasNamed) {
      readArns(surveyed, stores, tell);
    }
    for (const mention of mentions) {
      const store = stores.of(mention);
      if (store === undefined || mention === resource || store.owner === owner || isOwn(mention, surveyed, stores)) {
        continue;
      }
      if (store.kind.what === 'role' || (store.kind.acting === true && !TRIGGERS.test(type))) {
        continue;
      }
      tell({
        actor: { construct: shown(resource), owner },
        store,
        actions: [],
        evidence: `${place(mention, surveyed, survey)} of ${type}`,
        via: resource,
      });
    }
  }
}

/** Whether its ARN is known, so that somebody may write it down instead of a reference. */
function isNamed({ kind, arns }: Guarded): boolean {
  return kind.isData === true && arns.some((arn) => !/[*?]/.test(arn.split(':').slice(5).join(':')));
}

/** ARNs that were written down. */
function readArns({ resource, type, properties, owner }: Surveyed, stores: GuardedStores, tell: Tell): void {
  for (const { path, text } of leaves(properties)) {
    for (const [arn] of text.matchAll(ARN)) {
      for (const store of stores.matching(arn).filter((each) => isNamed(each) && each.owner !== owner)) {
        if (store.construct !== shown(resource)) {
          const actor = { construct: shown(resource), owner };
          tell({ actor, store, actions: [], evidence: `${arn} in ${path} of ${type}`, via: resource });
        }
      }
    }
  }
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
