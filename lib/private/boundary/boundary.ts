import type { IConstruct } from 'constructs';
import type { Reach } from './deeds';
import { granteesOf, readGrants } from './grants';
import { type Guarded, GuardedStores } from './guarded';
import { readMentions } from './mentions';
import { contestedMessage, forgeryMessage, messageOf, refusedMessage, sharedMessage } from './messages';
import { readNetwork } from './network';
import { Principals } from './principals';
import { forgersOf } from './publishing';
import { Refusals } from './refusals';
import { policiesOf, readResourcePolicies } from './resource-policies';
import { Survey } from './survey';
import { isMarked } from './marks';
import { isSharer } from './sharing';

/** Messages by the construct that they are about. */
export type Findings = ReadonlyMap<IConstruct, readonly string[]>;

/** All that reaches a store of a service and is not of it. */
export function boundaryFindings(root: IConstruct): Findings {
  const survey = new Survey(root);
  if (survey.isProvisional()) {
    // The CDK looks them up and synthesises once more; a finding now would keep it from that.
    return new Map();
  }
  const stores = new GuardedStores(survey);
  const principals = new Principals(survey);
  const grantees = [...granteesOf(survey)];
  const policies = [...policiesOf(survey, stores)];
  const judge = new Judge(survey, new Refusals(policies));
  const tell = (reach: Reach): void => judge.hear(reach);
  readGrants(grantees, survey, stores, principals, tell);
  readResourcePolicies(policies, principals, tell);
  readMentions(survey, stores, tell);
  readNetwork(survey, stores, tell);
  for (const { claim, other, arn } of stores.contested) {
    judge.report(claim.by, contestedMessage(claim.owner, other, isMarked(arn) ? 'it' : arn));
  }
  for (const forger of forgersOf(grantees, survey, principals)) {
    const { actor, bus, policy, arn } = forger;
    const by = arn === undefined ? [actor.construct, policy] : [];
    if (!survey.admissions.allow({ store: bus, by, actions: ['events:PutEvents'], arn })) {
      judge.report(actor.construct, forgeryMessage(forger));
    }
  }
  const findings = judge.findings();
  survey.admissions.warnOfIdle(root);
  return findings;
}

/** Decides what may be, and puts together what belongs together. */
class Judge {
  private readonly messages = new Map<IConstruct, string[]>();
  private readonly cases = new Map<IConstruct, Map<unknown, Reach[]>>();
  private readonly refused = new Map<string, readonly [Reach, string]>();
  private readonly ownerless = new Map<Guarded, Map<IConstruct, Reach>>();

  constructor(
    private readonly survey: Survey,
    private readonly refusals: Refusals,
  ) {}

  hear(reach: Reach): void {
    const { actor, store } = reach;
    if (store.owner === undefined) {
      if (store.commons.length > 0) {
        if (store.kind.acting !== true && !isSharer(reach) && !this.isAllowed(reach)) {
          this.charge(reach);
        }
      } else if (
        actor.owner !== undefined &&
        store.kind.isData === true &&
        reach.wide === undefined &&
        !this.isAllowed(reach)
      ) {
        const users = this.ownerless.get(store) ?? new Map<IConstruct, Reach>();
        this.ownerless.set(store, users);
        users.set(actor.owner, reach);
      }
      return;
    }
    const isOwn = actor.owner === store.owner && reach.arn === undefined;
    // Whoever operates the app may start what acts for itself.
    const isOperator = actor.owner === undefined && store.kind.acting === true && reach.arn === undefined;
    if (isOwn || isOperator || this.isAllowed(reach)) {
      const tag = this.refusals.missing(reach);
      if (tag !== undefined) {
        this.refused.set(`${actor.construct.node.path} ${store.construct.node.path}`, [reach, tag]);
      }
      return;
    }
    this.charge(reach);
  }

  private charge(reach: Reach): void {
    const { actor, store } = reach;
    const offender = actor.construct;
    const ofOffender = this.cases.get(offender) ?? new Map<unknown, Reach[]>();
    this.cases.set(offender, ofOffender);
    const key = reach.wide ?? (reach.arn === undefined ? store : `${reach.arn} ${store.construct.node.path}`);
    ofOffender.set(key, [...(ofOffender.get(key) ?? []), reach]);
  }

  report(about: IConstruct, message: string): void {
    const known = this.messages.get(about) ?? [];
    this.messages.set(about, known);
    known.push(message);
  }

  findings(): Findings {
    for (const [offender, cases] of this.cases) {
      for (const reaches of cases.values()) {
        this.report(offender, messageOf(reaches));
      }
    }
    for (const [reach, tag] of this.refused.values()) {
      this.report(reach.actor.construct, refusedMessage(reach, tag));
    }
    for (const [store, users] of this.ownerless) {
      if (users.size > 1) {
        this.report(store.construct, sharedMessage(store, [...users.values()]));
      }
    }
    return this.messages;
  }

  private isAllowed({ actor, store, actions, via, arn }: Reach): boolean {
    return this.survey.admissions.allow({
      store: store.construct,
      by: arn === undefined ? [actor.construct, via, ...(actor.by === undefined ? [] : [actor.by])] : [],
      actions,
      arn,
    });
  }
}
