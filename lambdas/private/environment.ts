/** Environment variables, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process: the default wherever an environment can be passed in. */
export const processEnvironment = (): Environment => process.env;
