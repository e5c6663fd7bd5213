import type { StackOutputs } from 'cdk-database-patterns-local';

/** Prints what stacks put out, each value as it is understood here. */
export function printOutputs(outputs: StackOutputs, shown = (value: string): string => value): void {
  for (const [stack, values] of Object.entries(outputs)) {
    for (const [name, value] of Object.entries(values)) console.log(`${stack}.${name} = ${shown(value)}`);
  }
}
