/** The variables that a program is started with. */

/** The environment as far as the files show it: undefined means unset for certain, `unknown` that nobody can tell. */
export type Environment = (name: string) => string | undefined | 'unknown';
