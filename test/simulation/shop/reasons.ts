import type { Because } from '../../support/checker/index.js';

/** What a refusal of a command says, as it can be looked up; `known` versions of its entity were acknowledged before. */
export function becauseOf(type: string, name: string, known: number): Because {
  const isNew = ['CreateProduct', 'RegisterSale', 'RegisterReturn'].includes(name);
  switch (type.split(':').at(-1)) {
    case 'constraint-violated':
    case 'registered':
      return isNew ? { is: 'there' } : { is: 'nothing' };
    case 'not-found':
      return isNew ? { is: 'nothing' } : { is: 'missing', known };
    case 'version-conflict':
      return { is: 'elsewhere', known };
    default:
      return { is: 'nothing' };
  }
}
