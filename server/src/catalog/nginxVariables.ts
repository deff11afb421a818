/** Names of nginx's variables: look-ups over ../../catalog/nginx-variables.json. */
import table from '../../catalog/nginx-variables.json' with { type: 'json' };

interface Variable {
  readonly name: string;
  readonly prefix?: boolean;
}

/** Without the dollar; families such as `arg_` end with their underscore. */
export function variableNames(): readonly string[] {
  return [...new Set((table as readonly Variable[]).map((it) => it.name))];
}
