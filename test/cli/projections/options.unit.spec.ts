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
  const forAll = ['--stack', '--account', '--json', '--due'];
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
    ['--rate', '0', /above 0/],
    ['--rate', 'fast', /above 0/],
    ['--segments', '0', /whole number from 1 to 64/],
    ['--segments', '65', /whole number from 1 to 64/],
    ['--segments', '1.5', /whole number from 1 to 64/],
    ['--keep', '-1', /300 days/],
    ['--keep', '25920001', /300 days/],
    ['--settle', '', /300 days/],
  ])('are checked before anything is started: %s %j', async (option, value, why) => {
    const command = projections();
    const said = vi.fn();
    for (const one of [command, ...command.commands]) one.exitOverride().configureOutput({ writeErr: said });
    await expect(command.parseAsync(['rebuild', 'Listing', `${option}=${value}`], { from: 'user' })).rejects.toThrow(
      why,
    );
  });
});
