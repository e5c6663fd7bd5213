import { Command } from 'commander';
import { describe, expect, it, vi } from 'vitest';
import { projectionsCommand } from '../../../cli/projections/command.js';

function projections(): Command {
  const root = new Command('dbpatterns');
  projectionsCommand(root);
  return root.commands[0]!;
}

/** The options of a command that are for the job. */
function jobOptions(name: string): string[] {
  const command = projections().commands.find((one) => one.name() === name)!;
  const forAll = ['--stack', '--target', '--profile', '--json', '--due'];
  return command.options.flatMap(({ long }) => (long && !forAll.includes(long) ? [long] : []));
}

describe('the options of a rebuild', () => {
  it.each([
    ['rebuild', ['--rate', '--segments', '--settle', '--keep']],
    ['resume', ['--rate', '--settle', '--keep']],
    ['rollback', ['--settle', '--keep']],
  ])('of %s are those that have an effect', (name, options) => {
    expect(jobOptions(name)).toEqual(options);
  });

  it.each([
    ['--rate', 'fast', /must be a number/],
    ['--segments', 'many', /must be a number/],
    ['--keep', 'Infinity', /must be a number/],
    ['--settle', '', /must be a number/],
  ])('are checked before anything is started: %s %j', async (option, value, why) => {
    const command = projections();
    const said = vi.fn();
    for (const one of [command, ...command.commands]) one.exitOverride().configureOutput({ writeErr: said });
    await expect(command.parseAsync(['rebuild', 'Listing', `${option}=${value}`], { from: 'user' })).rejects.toThrow(
      why,
    );
  });
});
