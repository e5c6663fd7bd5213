import { type CfnElement, Stack, Token } from 'aws-cdk-lib/core';
import type { IConstruct } from 'constructs';
import { asPattern } from './marks';

/** A role, a user or a group by its name, in an account. */
export interface Identity {
  readonly account: string;
  /** As in `role/readers`. */
  readonly name: string;
}

/** The account's root in a trust leaves it to the policies of roles, which are read elsewhere. */
export function isOwnAccount(text: string, resource: CfnElement): boolean {
  const [, ofRoot, plain] = /^(?:arn:[^:]*:iam::([^:]*):root|(\d{12}))$/.exec(asPattern(text)) ?? [];
  const account = ofRoot ?? plain;
  return account === '*' || (account !== undefined && account === accountOf(resource));
}

/** The account of a stack, `*` where it is known at the deployment only. */
export function accountOf(construct: IConstruct): string {
  const { account } = Stack.of(construct);
  return Token.isUnresolved(account) ? '*' : account;
}

/** The role, user or group that an ARN names, with whatever path; a role for whatever session. */
export function identityOf(arn: string): Identity | undefined {
  const [, account = '', kind = 'role', path, session] =
    /^arn:[^:]*:(?:iam|sts)::([^:]*):(?:(role|user|group)\/(.+)|assumed-role\/([^/]+)\/.*)$/.exec(asPattern(arn)) ?? [];
  const name = session ?? path?.slice(path.lastIndexOf('/') + 1);
  return name === undefined || name.includes('*') ? undefined : { account, name: `${kind}/${name}` };
}

/** Whether two are one, as far as is known. */
export function isSame(a: Identity, b: Identity): boolean {
  return a.name === b.name && (a.account === b.account || [a.account, b.account].includes('*'));
}
