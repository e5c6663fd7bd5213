import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../examples/storefront/demo/options.js';
import { InAccount } from '../../../examples/storefront/demo/in-account.js';

describe('where the demo runs', () => {
  it('is a cloud on this machine unless told otherwise', () => {
    expect(readOptions([])).toMatchObject({ target: 'embedded', yes: false, keep: false });
    expect(readOptions(['--target', 'localstack-host'])).toMatchObject({ target: 'localstack-host' });
    expect(readOptions(['--target', 'aws', '--yes'])).toMatchObject({ target: 'aws', yes: true });
  });

  it.each([
    [['--target', 'aws', '--auth'], /--auth: an account always enforces IAM/],
    [['--yes'], /--yes: nothing is asked with --target embedded/],
    [['--target', 'azure'], /no target 'azure'/],
  ])('is said in options that fit together: %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });

  it('is left alone where it was not reached, and named with what removes it where it was', () => {
    const account = { accountId: '123456789012', region: 'eu-west-1', credentials: () => Promise.reject(new Error()) };
    expect(new InAccount(account, true).lastWords).toBe('nothing was deployed to account 123456789012, eu-west-1');
  });
});
