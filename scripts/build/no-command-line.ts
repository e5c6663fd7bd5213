/**
 * Stands for `@rushstack/ts-command-line` in bundles: Umzug loads it for its own command line, which no handler uses.
 * It would be five sixths of the migrate function.
 */
export class CommandLineAction {}

export class CommandLineParser {}
