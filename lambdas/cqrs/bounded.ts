/** Runs an action for each input, at most `limit` at a time, and gives the answers in the order of the inputs. */
export async function bounded<I, O>(
  inputs: readonly I[],
  limit: number,
  action: (input: I) => Promise<O>,
): Promise<O[]> {
  const answers = new Array<O>(inputs.length);
  const rest = inputs.entries();
  const lane = async (): Promise<void> => {
    for (const [index, input] of rest) answers[index] = await action(input);
  };
  await Promise.all(Array.from({ length: Math.min(limit, inputs.length) }, lane));
  return answers;
}
