import { describe, expect, it } from 'vitest';
import { choosePython } from '../../../local/emulator/python.js';
import { LocalCloudError } from '../../../local/errors.js';

describe('the Python of the local cloud', () => {
  it('is the first that is recent enough and can make virtual environments', () => {
    const probes = [
      { command: 'python3', version: '3.9.2', hasVenv: true },
      { command: 'python3.14' },
      { command: 'python3.12', version: '3.12.1', hasVenv: false },
      { command: 'python3.10', version: '3.10.13', hasVenv: true },
    ];
    expect(choosePython(probes)).toBe('python3.10');
  });

  it('is a more recent one where LocalStack wants it', () => {
    const probes = [
      { command: 'python3', version: '3.11.7', hasVenv: true },
      { command: '/home/me/.pyenv/versions/3.13.0/bin/python', version: '3.13.0', hasVenv: true },
    ];
    expect(choosePython(probes, [3, 12])).toBe('/home/me/.pyenv/versions/3.13.0/bin/python');
    expect(() => choosePython(probes.slice(0, 1), [3, 12])).toThrow(/needs Python 3\.12 or newer/);
  });

  it.each([
    ['missing', [{ command: 'python3' }], 'PYTHON_MISSING', /no Python is on the PATH\. Install one/],
    [
      'too old',
      [
        { command: 'python3', version: '3.8.10', hasVenv: true },
        { command: 'python', version: '2.7.18', hasVenv: false },
      ],
      'PYTHON_TOO_OLD',
      /3\.10 or newer; the PATH has python3 3\.8\.10, python 2\.7\.18\. Install one/,
    ],
    [
      'without venv',
      [{ command: 'python3', version: '3.11.2', hasVenv: false }],
      'PYTHON_WITHOUT_VENV',
      /python3 \(3\.11\.2\) has no venv module.*apt install python3\.11-venv/,
    ],
  ])('that is %s is met with one message that says how to mend it', (_what, probes, code, message) => {
    expect.assertions(3);
    try {
      choosePython(probes);
    } catch (error) {
      expect(error).toBeInstanceOf(LocalCloudError);
      expect(error).toMatchObject({ code });
      expect((error as Error).message).toMatch(message);
    }
  });
});
