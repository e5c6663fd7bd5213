const LONGEST = 500;

/** Why a stream is parked, as its mark says it: the error's code and message. */
export function causeOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : error.name;
  const isSaid = error.message.startsWith(`${code} `);
  return (isSaid ? error.message : `${code}: ${error.message}`).slice(0, LONGEST);
}
