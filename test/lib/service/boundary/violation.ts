import type { Construct } from 'constructs';
import { expect } from 'vitest';
import { complaints, twoServices, type TwoServices } from '../../support/two-services.js';

/** Something that is wrong below the other service, and right below the owner. */
export interface Violation {
  readonly name: string;
  /** Makes it below a service. */
  readonly make: (world: TwoServices, at: Construct) => unknown;
  /** What the message has to say: the permission, the value, the way out. */
  readonly says: readonly string[];
  /** The path of what is reached. Default: the table. */
  readonly target?: string;
  /** What is wrong with it below the owner too. Default: nothing. */
  readonly evenOfOwner?: string;
}

/** Shows that it is found below the other service and not below the owner. */
export function check({ make, says, target = 'Shop/Catalog/Products/Table', evenOfOwner }: Violation): void {
  const wrong = twoServices();
  make(wrong, wrong.other);
  const found = complaints(wrong).filter((line) => line.includes(target));
  expect(found.length, complaints(wrong).join('\n')).toBeGreaterThan(0);
  const text = found.join('\n');
  for (const each of [
    '[Shop/Browse',
    'of the service "browse" (Shop/Browse)',
    'of the service "catalog" (Shop/Catalog)',
    'Instead: ',
    'Boundary.of(',
    ...says,
  ]) {
    expect(text).toContain(each);
  }
  const right = twoServices();
  make(right, right.owner);
  expect(complaints(right)).toEqual(evenOfOwner === undefined ? [] : [expect.stringContaining(evenOfOwner)]);
}
