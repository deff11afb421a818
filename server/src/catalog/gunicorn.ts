/** gunicorn's settings and command-line options: look-ups over ../../catalog/gunicorn.json. */
import table from '../../catalog/gunicorn.json' with { type: 'json' };

export interface GunicornSettingInfo {
  /** As in a config file: `bind`, `worker_class`. */
  readonly name: string;
  /** As on the command line: `-b`, `--bind`; none for hooks and for what only a config file sets. */
  readonly cli: readonly string[];
  /** What the value is: int, bool, string, path, enum, ...; `removed` for what no release of today knows. */
  readonly type: string;
  readonly flag: boolean;
  readonly values?: readonly string[];
  /** Absent where the machine decides, or where the default is None. */
  readonly default?: unknown;
  /** The release that brought the option, for those that came with gunicorn 20 or later. */
  readonly since?: string;
}

const settings: readonly GunicornSettingInfo[] = table;
const byName = new Map(settings.map((it) => [it.name, it]));

/** A setting by its name in a config file; undefined if gunicorn has none such. */
export function gunicornSetting(name: string): GunicornSettingInfo | undefined {
  return byName.get(name);
}

/** The names of all settings and hooks that a config file may hold. */
export function gunicornSettingNames(): Iterable<string> {
  return byName.keys();
}

/** All options of gunicorn with what they set, those of its parser included. */
export const gunicornOptions: readonly { setting: string; options: readonly string[]; takesValue: boolean }[] = [
  ...settings.flatMap((it) =>
    it.cli.length > 0
      ? [{ setting: it.name, options: it.cli, takesValue: !it.flag && it.name !== 'proxy_protocol' }]
      : [],
  ),
  { setting: 'version', options: ['-v', '--version'], takesValue: false },
  { setting: 'help', options: ['-h', '--help'], takesValue: false },
];
