import { describe, expect, it } from 'vitest';
import { released, unreleased } from '../../scripts/release/changelog.js';
import { nextVersion } from '../../scripts/release/version.js';

const nothing = { breaking: false, added: false };
const added = { breaking: false, added: true };
const breaking = { breaking: true, added: true };

describe('the version of a release', () => {
  it.each([
    ['0.1.0', nothing, '0.1.1'],
    ['0.1.0', added, '0.1.1'],
    ['0.1.4', breaking, '0.2.0'],
    ['1.2.3', nothing, '1.2.4'],
    ['1.2.3', added, '1.3.0'],
    ['1.2.3', breaking, '2.0.0'],
  ])('after %s with %o is %s', (current, changes, next) => {
    expect(nextVersion(current, changes)).toBe(next);
  });

  it('may be higher than what the changes ask for, and not lower', () => {
    expect(nextVersion('0.9.1', nothing, '1.0.0')).toBe('1.0.0');
    expect(() => nextVersion('1.2.3', breaking, '1.3.0')).toThrow(/asks for 2\.0\.0/);
    expect(() => nextVersion('1.2.3', nothing, 'newest')).toThrow(/three numbers/);
  });
});

describe('the changelog', () => {
  const text = '# Changes\n\n## Unreleased\n\n### Added\n\n- A.\n\n## 0.1.0 (2026-01-01)\n\n### Breaking\n\n- B.\n';

  it('says what is not released, and nothing of what is', () => {
    expect(unreleased(text)).toEqual({ text: '### Added\n\n- A.', breaking: false, added: true });
  });

  it('has it under its version afterwards', () => {
    const after = released(text, '0.1.1', '2026-02-01');
    expect(unreleased(after)).toEqual({ text: '', ...nothing });
    expect(after).toContain('## Unreleased\n\n## 0.1.1 (2026-02-01)\n\n### Added\n\n- A.');
  });

  it('has no heading that a release would overlook', () => {
    expect(() => unreleased(text.replace('### Added', '### Breaking changes'))).toThrow(/"### Breaking changes"/);
  });
});
