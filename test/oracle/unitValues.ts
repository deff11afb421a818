/** Values to try on a key: those that every parser should be asked, and ones made from them by a seeded hand. */
import type { UnitKey } from '../../server/src/catalog/systemd.js';
import { randomNumbers } from '../fuzz/edits.js';

/** One or more of each kind of value that a parser of systemd's knows, and near misses. */
export const VALUES: readonly string[] =
  'yes|no|On|2|1|0|-1|5|100|10001|abc|30s|1min 30s|1h30|infinity|10%|150%|512M|1.5G|1K 2M|10X|0644|888|/run/x|relative/path|-/run/x|~|a.service|app.slice|%n|%%|/run/%z|A=b|A=b C=d|1A=b|SIGTERM|TERM|SIGFOO|SIGRTMIN+3|@system-service|@foo|read write|~@mount|AF_INET AF_UNIX|AF_FOO|none|~net ipc|1-3|0,2 4|1:2|8080|127.0.0.1:80|[::1]:80|0.0.0.0:0|@abstract|/dev/sda 10M|/dev/null rw|/dev/null rwx|char-tty r|10.0.0.0/8|10.0.0.0/33|::1|any localhost|www-data|1000|a:b|EPERM|EFOO|https://x man:y|foo:bar|null|journal|syslog|always|never|strict|idle|id:data|cpu memory|realtime|native x86|SUCCESS 1|256|TEMPFAIL SIGKILL|daily|mon|private|+5|5.5|5us|50ns'.split(
    '|',
  );

/** What may be put together to a value. */
const PIECES: readonly string[] = [
  ...VALUES,
  ...'/|/srv/app|/usr/bin/env|/a/../b|./x|..|-|+|!|@|:|~|,|=|"|\'|\\|\\x41|\\n|\\s|%i|%t/app|%h|%e|$X|${X}|;|\\;|#|a b|"a b"|0x10|010|4096|65535|65536|4294967295|4294967296|18446744073709551615|1s 2|3 weeks|2M|7T|20‰|root:ro|/img:/mnt|/img|root|FIELD=x|@basic-api|ext4|ingress:/sys/fs/bpf/x|cgroup:inet:a:b|0xff|default|all|YWJj|file:/x|fd:a|append:/x|truncate:x|tty|CAP_SYS_ADMIN|cap_chown|kill|EACCES:|read:EPERM|@mount:kill|eth0|lo|ipv4|tcp:80|udp:1-2|multi-user.target|a@b.service|a@.service|a.b|x.socket|y.timer|mem|block-sd|/dev/zero|man:x(1)|file:/usr|http://|2001:db8::/32|1.2.3|Mon *-*-* 3:00|*:0/5|hourly|10min|-.mount|-.slice|control-group|process|mixed|root|0|nobody|user name|é|64K:128K|1:infinity|any|rbind|/a:/b:norbind|ro|app:link|private/x|core.x'.split(
    '|',
  ),
];

const pick = <T>(random: () => number, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;

/** Values for a key, made anew by the seed: pieces, pieces put together, the key's own words, and edits of each. */
export function generatedValues(key: UnitKey, seed: number, count: number): string[] {
  let salt = seed * 7919;
  for (const char of key.name) salt = (salt * 31 + char.charCodeAt(0)) % 1_000_003;
  const random = randomNumbers(salt + 1);
  const own = key.values ?? [];
  const values = new Set<string>();
  for (let i = 0; values.size < count && i < 4 * count; i++) {
    const base = own.length > 0 && random() < 0.4 ? pick(random, own) : pick(random, PIECES);
    const way = random();
    const more = own.length > 0 && random() < 0.3 ? pick(random, own) : pick(random, PIECES);
    const value =
      way < 0.25
        ? base
        : way < 0.45
          ? `${base} ${more}`
          : way < 0.55
            ? `${base}:${more}`
            : way < 0.62
              ? `${base}${more}`
              : way < 0.67
                ? `"${base}"`
                : edited(base, random);
    const plain = value.trim();
    // A backslash at the end would make the line run on, and a comment sign at its start is no value of ours to judge.
    if (!/\\$|^[#;]|\n/.test(plain)) values.add(plain);
  }
  return [...values];
}

function edited(text: string, random: () => number): string {
  const at = Math.floor(random() * (text.length + 1));
  const letter = pick(random, [...'abcxyzABC0129.,:;-+~@/%"\'= _']);
  switch (Math.floor(random() * 4)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + letter + text.slice(at);
    case 2:
      return text.slice(0, at) + letter + text.slice(at + 1);
    default:
      return random() < 0.5 ? text.toUpperCase() : text.slice(0, at) + text.slice(at + 1, at + 2) + text.slice(at);
  }
}
