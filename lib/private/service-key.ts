import type * as kms from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import { ownerOf } from './ownership';

/** The keys of services that have one, whichever copy of this package asks. */
const KEY = Symbol.for('cdk-database-patterns.EncryptionKey');

/** Gives a service the key of all that it stores from now on. */
export function encryptWith(service: IConstruct, key: kms.IKey): void {
  Object.defineProperty(service, KEY, { value: key });
}

/** The key of a store: its own, or that of its service, or none. */
export function keyOf(store: IConstruct, own: kms.IKey | undefined): kms.IKey | undefined {
  const service = ownerOf(store);
  return own ?? (service !== undefined && hasKey(service) ? service[KEY] : undefined);
}

function hasKey(service: IConstruct): service is IConstruct & { readonly [KEY]: kms.IKey } {
  return KEY in service;
}
