/** How programs that are no app servers start: whether they stay in the foreground, and whether they tell systemd when they are ready. */

export interface Habit {
  /** `foreground`: the first process stays; `background`: it ends, and others stay; `ends`: it does something and ends. */
  readonly runs: 'foreground' | 'background';
  /** The word of the command line that sends it to the background; undefined where it goes there by itself. */
  readonly because: string | undefined;
  /** Whether it may write to NOTIFY_SOCKET; `never` is known of its sources. */
  readonly notifies: 'never' | 'maybe';
}

const stays = (notifies: Habit['notifies']): Habit => ({ runs: 'foreground', because: undefined, notifies });

/** Programs that have no way to go to the background and none to notify. */
const PLAIN = new Set([
  'sleep',
  'tail',
  'cat',
  'yes',
  'watch',
  'socat',
  'inotifywait',
  'tcpdump',
  'ping',
  'nc',
  'ncat',
]);

/** Interpreters and starters whose first process is the program: they do not fork, and what they run may notify. */
const FOREGROUND = new Set([
  'node',
  'nodejs',
  'npm',
  'npx',
  'yarn',
  'pnpm',
  'bun',
  'deno',
  'java',
  'dotnet',
  'caddy',
  'traefik',
  'prometheus',
  'minio',
  'etcd',
  'vault',
  'grafana-server',
]);

/**
 * What is known of a program with these arguments; undefined where a file or the program's own text decides.
 * Sources: the manual pages of memcached, redis, celery, docker and pm2.
 */
export function habitOf(name: string, args: readonly string[]): Habit | undefined {
  const daemon = (...options: string[]): Habit | undefined => {
    const because = args.find((it) => options.includes(it));
    return because === undefined ? undefined : { runs: 'background', because, notifies: 'never' };
  };
  if (PLAIN.has(name)) return stays('never');
  if (FOREGROUND.has(name)) return name === 'caddy' && args[0] === 'start' ? daemon('start') : stays('maybe');
  switch (name) {
    case 'memcached':
      // `-dv` and the like are short options in one word.
      return daemon(...args.filter((it) => it === '--daemon' || /^-[a-zA-Z]*d/.test(it))) ?? stays('never');
    case 'redis-server': {
      const at = args.indexOf('--daemonize');
      if (at >= 0) return args[at + 1] === 'yes' ? daemon('--daemonize') : stays('maybe');
      return undefined;
    }
    case 'celery':
      if (args.includes('multi'))
        return args.some((it) => it === 'start' || it === 'restart') ? daemon('multi') : undefined;
      return args.some((it) => it === 'worker' || it === 'beat')
        ? (daemon('-D', '--detach') ?? stays('never'))
        : undefined;
    case 'docker':
    case 'podman':
    case 'docker-compose': {
      // Podman tells systemd itself, also from the background.
      if (name === 'podman' || !args.some((it) => it === 'up' || it === 'run')) return undefined;
      const own = args.includes('run') ? optionsOf(args.slice(args.indexOf('run') + 1)) : args;
      const because = own.find((it) => /^(?:-[a-z]*d[a-z]*|--detach(?:=true)?)$/.test(it));
      return because === undefined ? stays('never') : { runs: 'background', because, notifies: 'never' };
    }
    case 'pm2':
      if (args.includes('--no-daemon')) return stays('never');
      return daemon('start', 'resurrect');
    default:
      return undefined;
  }
}

/** Options of `docker run` that take no value; all others take the next word. */
const FLAGS =
  /^(?:-[ditPq]+|--(?:detach|rm|init|interactive|tty|privileged|read-only|publish-all|no-healthcheck|oom-kill-disable|sig-proxy|quiet|disable-content-trust|help)|--[^=]+=.*|-[a-zA-Z][^a-zA-Z].*)$/;

/** The options before the image; what follows it belongs to the program inside. */
function optionsOf(args: readonly string[]): readonly string[] {
  let at = 0;
  while (at < args.length && args[at]!.startsWith('-')) at += FLAGS.test(args[at]!) ? 1 : 2;
  return args.slice(0, at);
}
