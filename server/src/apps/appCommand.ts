/** What a command line and its environment say of an app server: which one it is, what it listens on and how it is set. */
import type { Address } from '../base/address.js';
import type { HostPath } from '../base/hostPath.js';
import type { Place } from '../base/place.js';
import type { ArgWord } from './argWord.js';
import type { GunicornSettings, Source } from './gunicornSettings.js';
import type { GivenArgs } from './options.js';

export type AppServer =
  | 'gunicorn'
  | 'uvicorn'
  | 'hypercorn'
  | 'daphne'
  | 'waitress'
  | 'uwsgi'
  | 'runserver'
  | 'flask'
  | 'http.server'
  | 'puma'
  | 'node'
  | 'php-fpm';

export type Protocol = 'http' | 'https' | 'uwsgi' | 'fastcgi' | 'scgi';

export interface AppBind {
  readonly text: string;
  /** Undefined for inherited descriptors, and for what depends on something unknown. */
  readonly address: Address | undefined;
  /** The word of the command line; undefined when the value comes from elsewhere. */
  readonly word: ArgWord | undefined;
  /** Where it stands in a config file. */
  readonly at?: Place | undefined;
  readonly source: Source;
  readonly protocol: Protocol | undefined;
  /** Where several of one program differ: pools of php-fpm, vassals of uWSGI. */
  readonly socket?: SocketSettings | undefined;
  /** Who runs scripts that are asked for here, and which. */
  readonly pool?: PoolSettings | undefined;
  /** What one request is allowed there, where options of the server's own say so. */
  readonly limits?: RequestLimits | undefined;
}

/** A pool of php-fpm. */
export interface PoolSettings {
  readonly name: string;
  readonly user: string | undefined;
  readonly group: string | undefined;
  /** What its processes take for `/`. */
  readonly chroot: string | undefined;
  /** Endings of the scripts that it runs, with their dots; empty where it runs all. */
  readonly extensions: readonly string[];
  /** The file that it is written in, and all that it says there. */
  readonly file: HostPath;
  readonly values: ReadonlyMap<string, string>;
}

export interface RequestLimits {
  /** Seconds, after which the server ends the request with its worker. */
  readonly time?: RequestLimit | undefined;
  /** Bytes of the body. */
  readonly body?: RequestLimit | undefined;
}

export interface RequestLimit {
  readonly value: number;
  /** The option's name. */
  readonly name: string;
  readonly word: ArgWord | undefined;
}

/** What is asked of the host: the text of a file, and the files that a pattern names. Undefined where it cannot be read. */
export interface ConfigFiles {
  read(path: HostPath): string | undefined;
  match(pattern: HostPath): readonly HostPath[] | undefined;
}

/** Who will own a unix socket, where options of the server's own decide that. */
export interface SocketSettings {
  /** Permission bits; undefined where the umask decides. */
  readonly mode: number | undefined;
  readonly umask: number | undefined;
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly word: ArgWord | undefined;
}

/** What uWSGI's Python plugin is to load, where one instance with no mounts is all that there is. */
export interface UwsgiApp {
  /** `package.module`, or the path of a file. */
  readonly module: string | undefined;
  readonly file: string | undefined;
  readonly callable: string;
  readonly chdir: string | undefined;
  readonly pythonpath: readonly string[];
  /** It exits without an app, where it else answers 500. */
  readonly needApp: boolean;
  /** Its log when it is told to go to the background: daemonize. */
  readonly daemonize: string | undefined;
  /** The virtual environment that it is told to use, as written. */
  readonly home: string | undefined;
  /** What it sets in its own environment before it loads the app. */
  readonly environment: ReadonlyMap<string, string>;
  /** Whether a plugin for Python is named: `python3`, `python311`. */
  readonly namesPlugin: boolean;
}

export interface AppCommand {
  readonly server: AppServer;
  readonly binds: readonly AppBind[];
  /** Something that could not be read may change where it listens. */
  readonly open: boolean;
  /** `module:callable`, where the command line names one. */
  readonly app: ArgWord | undefined;
  readonly uwsgi?: UwsgiApp | undefined;
  /** Descriptors that it is told to take over (`--fd`, `fd://`), if any. */
  readonly inherits: boolean;
  readonly given: GivenArgs;
  /** All settings with their origin; only gunicorn's are known. */
  readonly settings?: GunicornSettings | undefined;
  /** Where modules are searched first and relative paths start: the working directory, or what `--chdir` names. */
  readonly directory: HostPath | undefined;
  /** The variable that should name its port and that nothing sets: the kernel chooses one then. */
  readonly lacksPort?: string | undefined;
}
