/** gunicorn's command-line options: look-ups over ../../catalog/gunicorn.json. */
import table from '../../catalog/gunicorn.json' with { type: 'json' };

export interface GunicornFlag {
  /** The setting that the option sets: `bind`, `workers`, ... */
  readonly setting: string;
  readonly takesValue: boolean;
}

const byOption = new Map<string, GunicornFlag>(
  table.flatMap((it) => it.cli.map((option) => [option, { setting: it.name, takesValue: !it.flag }] as const)),
);

/** The option as written on the command line (`-b`, `--bind`); undefined if gunicorn has none such. */
export function gunicornFlag(option: string): GunicornFlag | undefined {
  return byOption.get(option);
}

/** All options of gunicorn with what they set. */
export const gunicornOptions: readonly { setting: string; options: readonly string[]; takesValue: boolean }[] =
  table.map((it) => ({ setting: it.name, options: it.cli, takesValue: !it.flag }));
