import { parseArgs } from 'node:util';
import { targetOf, type Target } from 'cdk-database-patterns-local';

/** How many invoices are sent unless told otherwise: measured to end within 3 minutes on 2 cores, installation apart. */
export const DEFAULT_INVOICES = 400;

/** What the demo is told. */
export interface Options {
  readonly invoices: number;
  readonly auth: boolean;
  readonly target: Target | 'aws';
  /** Whether nobody is asked before something is deployed to an account, or removed from it. */
  readonly yes: boolean;
  readonly keep: boolean;
  readonly help: boolean;
}

/** What `--help` prints. */
export const usage = `npm run demo -- [options]

Starts a cloud on this machine, deploys the storefront to it, sends it the orders of a gift shop through its API,
and compares every total with an independent calculation. With --target aws: the same in an account.

  --invoices N  how many invoices are sent, from the first on (${DEFAULT_INVOICES})
  --all         all 2,025 of them
  --auth        with IAM enforced, as in an account
  --target T    what stands for AWS: embedded (the default), localstack (in Docker), localstack-host (without);
                or aws: the account of the AWS environment, where it makes a stack of its own
  --yes         with --target aws: deploys there, and removes it at the end, without asking
  --keep        leaves it at the end: the cloud on this machine until Ctrl-C, the stack in the account
  --help        this text`;

/**
 * Reads the command line.
 *
 * @throws Error with the mend, if an option is unknown or its value is not allowed.
 */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      invoices: { type: 'string', default: String(DEFAULT_INVOICES) },
      all: { type: 'boolean', default: false },
      auth: { type: 'boolean', default: false },
      target: { type: 'string', default: 'embedded' },
      yes: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const invoices = values.all ? Infinity : Number(values.invoices);
  if (!(invoices >= 1) || (invoices !== Infinity && !Number.isInteger(invoices))) {
    throw new RangeError(`--invoices ${values.invoices}: allowed is a whole number from 1; --all sends all of them`);
  }
  const { auth, yes, keep, help } = values;
  const target = values.target === 'aws' ? values.target : targetOf(values.target);
  if (target === 'aws' && auth) throw new Error('--auth: an account always enforces IAM; leave it out');
  if (target !== 'aws' && yes) throw new Error(`--yes: nothing is asked with --target ${target}; leave it out`);
  return { invoices, auth, target, yes, keep, help };
}
