/** Judges of values with a form of their own: users, addresses to listen on, outputs, command lines, conditions. */
import { parseCalendar } from '../calendar.js';
import { isBase64 } from './images.js';
import { choice, enumValues, listed, one, printed, type Validator } from './kinds.js';
import { isDescriptorName, isErrno, isInterfaceName, isSignal, isUnitName, isUserName, SIGNAL_NAMES } from './names.js';
import { isInteger, isTimeSpan, isUnsigned, readInteger, readPercent, readSize } from './numbers.js';
import { pathFault, simplified } from './paths.js';
import { brokenEscape, cutWord, NONE, unknownSpecifier, whole, withSpecifiers } from './words.js';

/** config_parse_unit_path_printf(): an absolute path; what is none is fatal for some keys only. */
export const path: Validator = (value, { key, version }) => {
  if (value === '') return NONE;
  const fatal = /^(?:RootDirectory|RootImage|RootVerity|RootHashSignature|RootMStack)$/.test(key.name);
  if (unknownSpecifier(value)) return whole(value, 'a path whose specifiers systemd knows', { fatal });
  const fault = pathFault(value, version);
  return fault ? whole(value, fault.expected, { fatal }) : NONE;
};

/** config_parse_user_group_compat(): an unusable name makes the unit fail to load. */
export const user = printed(true, (value) =>
  isUserName(withSpecifiers(value)) ? NONE : whole(value, 'the name or number of a user or group', { fatal: true }),
);

/** config_parse_working_directory(): `~`, or an absolute path; fatal without a leading `-`. */
export const workingDirectory: Validator = (value, { version }) => {
  const optional = value.startsWith('-');
  const bare = optional ? value.slice(1) : value;
  const fatal = !optional;
  if (value === '' || bare === '~') return NONE;
  const slot = unknownSpecifier(bare);
  if (slot) return whole(value, 'a path whose specifiers systemd knows; a percent sign is written %%', { fatal });
  const fault = pathFault(bare, version);
  return fault ? whole(value, fault.expected, { fatal }) : NONE;
};

/** config_parse_unit_env_file(): a relative path is ignored, with or without the leading `-`. */
export const environmentFile = printed(false, (value, { version }) => {
  const fault = pathFault(value.replace(/^-/, ''), version);
  return fault ? whole(value, fault.expected) : NONE;
});

/** config_parse_timer(): a calendar expression or a time span; what is not known for sure is taken. */
export const timer: Validator = (value, { key }) => {
  if (value === '') return NONE;
  if (unknownSpecifier(value)) return whole(value, 'a value whose specifiers systemd knows');
  if (/%[A-Za-z%]/.test(value)) return NONE;
  if (key.name !== 'OnCalendar')
    return isTimeSpan(value) ? NONE : whole(value, 'a time span such as 30, 5min or 1h 30min');
  return parseCalendar(value) === 'refused'
    ? whole(value, 'a calendar expression such as daily or Mon *-*-* 03:00', { candidates: CALENDAR_WORDS })
    : NONE;
};

const CALENDAR_WORDS = ['minutely', 'hourly', 'daily', 'weekly', 'monthly', 'quarterly', 'semiannually', 'yearly'];

/** config_parse_path_spec() */
export const pathSpec = path;

/** PIDFile=: a relative path is taken from the runtime folder. What is none refuses the unit, and so does, from 257 on, one below
 * /dev, /proc and /sys. */
export const pidFile = printed(false, (value, { version }) => {
  const text = withSpecifiers(value);
  if (version >= 257 && text.startsWith('/') && /^\/(?:dev|proc|sys)(?:\/|$)/.test(simplified(text, version)))
    return whole(value, 'a path outside /dev, /proc and /sys', { fatal: true });
  const fault = pathFault(text.startsWith('/') ? text : `/run/${text}`, version);
  return fault ? whole(value, fault.expected, { fatal: true }) : NONE;
});

export const signal: Validator = (value, { key }) =>
  isSignal(value) || (value === '' && /^(?:RestartKillSignal|ReloadSignal)$/.test(key.name) === false && false)
    ? NONE
    : whole(value, 'a signal such as SIGTERM', { candidates: SIGNAL_NAMES });

/** A unit name of the wanted type. */
export function unitOf(suffix: string | undefined): Validator {
  return (value) => {
    if (unknownSpecifier(value)) return whole(value, 'a name whose specifiers systemd knows');
    const name = withSpecifiers(value);
    if (!isUnitName(name)) return whole(value, 'the full name of a unit, such as app.service');
    if (suffix === 'service' && /@\.service$/.test(name))
      return whole(value, 'the name of an instance, as app@1.service');
    return suffix === undefined || name.endsWith(`.${suffix}`) ? NONE : whole(value, `the name of a .${suffix} unit`);
  };
}

/** config_parse_exec_output() and config_parse_exec_input(): words, and fd:NAME, file:PATH and so on. */
export const stream: Validator = (value, context) => {
  if (/^(?:syslog|syslog\+console)$/.test(value) && context.key.name !== 'StandardInput') return NONE;
  const form = /^(fd|file|append|truncate):(.*)$/s.exec(value);
  if (form) {
    const [, kind, rest] = form as unknown as [string, string, string];
    if (context.key.name === 'StandardInput' && kind !== 'fd' && kind !== 'file')
      return whole(value, 'fd:NAME or file:PATH');
    const fatal = true;
    if (unknownSpecifier(rest)) return whole(value, 'a value whose specifiers systemd knows', { fatal });
    if (kind === 'fd') {
      const name = withSpecifiers(rest);
      return name === '' || isDescriptorName(name) ? NONE : whole(value, 'fd: and the name of a descriptor', { fatal });
    }
    const fault = pathFault(rest, context.version);
    return fault ? whole(value, `${kind}: and ${fault.expected}`) : NONE;
  }
  const { now } = enumValues(context);
  const words = now.filter((it) => !['file', 'append', 'truncate'].includes(it));
  return now.includes(value)
    ? NONE
    : whole(value, `one of ${listed(words)}, file:PATH or fd:NAME`, { candidates: words });
};

/** config_parse_device_allow(): a path below /dev or /run/systemd/inaccessible, block-*, char-*, then r, w, m. */
export const deviceAllow: Validator = (value, { version }) => {
  if (value === '') return NONE;
  const cut = cutWord(value, 0, {});
  if (!cut || 'brokenAt' in cut) return whole(value, 'a device and what is allowed');
  const { text, start, end } = cut.word;
  const name = withSpecifiers(text);
  const isKind = /^(?:block|char)-/.test(name);
  const isNode =
    !pathFault(text, version, 'any') && /^\/(?:dev|run\/systemd\/inaccessible)\/./.test(simplified(name, version));
  if (unknownSpecifier(text) || !(isKind || (isNode && name.startsWith('/'))))
    return [{ start, end, expected: 'a device: /dev/..., block-... or char-...' }];
  if (cut.next === undefined || /^[rwm]*$/.test(value.slice(cut.next))) return NONE;
  return [{ start: cut.next, end: value.length, expected: 'access rights of r, w and m' }];
};

/** A device or path, then a limit: config_parse_io_limit() and its kin. */
export function deviceAnd(test: (text: string) => boolean, expected: string): Validator {
  return (value, { version }) => {
    if (value === '') return NONE;
    const cut = cutWord(value, 0, {});
    if (!cut || 'brokenAt' in cut || cut.next === undefined) return whole(value, `a path, a blank and ${expected}`);
    const { word, next } = cut;
    if (unknownSpecifier(word.text))
      return [{ start: word.start, end: word.end, expected: 'a path whose specifiers systemd knows' }];
    const fault = pathFault(word.text, version, 'any');
    if (fault) return [{ start: word.start, end: word.end, ...fault }];
    return test(value.slice(next)) ? NONE : [{ start: next, end: value.length, expected }];
  };
}

export const ioBytes = (text: string): boolean => text === 'infinity' || (readSize(text, 1000) ?? 0) > 0;

/** Conditions on paths: |, ! and an absolute path. */
export const conditionPath: Validator = (value, { key, version }) => {
  if (value === '') return NONE;
  const bare = value.replace(/^\|?\s*!?\s*/, '');
  if (unknownSpecifier(bare)) return whole(value, 'a path whose specifiers systemd knows');
  const fault = pathFault(bare, version);
  return fault && key.parser === 'unit_condition_path' ? whole(value, fault.expected) : NONE;
};

export const descriptorName = printed(false, (value) =>
  isDescriptorName(withSpecifiers(value)) && !value.includes(':') ? NONE : whole(value, 'the name of a descriptor'),
);

export const interfaceName = one((it) => it === '*' || isInterfaceName(it), 'the name of a network interface');

/** parse_syscall_errno(): `kill`, a name or a number. */
export const errno = one((it) => it === 'kill' || isErrno(it), 'an error name such as EPERM, or kill');

/** config_parse_bus_name(): an empty one is none either, and resets nothing. */
export const busName: Validator = (value) => {
  if (unknownSpecifier(value))
    return whole(value, 'a name whose specifiers systemd knows; a percent sign is written %%');
  const name = withSpecifiers(value);
  return /^[A-Za-z_-][\w-]*(?:\.[A-Za-z_-][\w-]*)+$/.test(name) && name.length < 256
    ? NONE
    : whole(value, 'a bus name such as org.example.App');
};

export const facility = choice({ also: (it) => isInteger(it, 0n, 127n) });
/** A syslog level: its name or a number. */
export const level = choice({ also: (it) => isInteger(it, 0n, 7n) });
export const ioClass = choice({ empty: true, also: (it) => isInteger(it, 0n, 7n) });
/** From 258 on only the numbers that the kernel knows. */
export const schedulingPolicy = choice({
  empty: true,
  also: (it, { version }) => (version >= 258 ? /^\+?0*[0-35-7]$/.test(it) : isInteger(it, 0n, 2147483647n)),
});
export const ipTos = choice({ empty: true, also: (it) => isUnsigned(it, 255n) });

/** ProtectHostname=private[:NAME] from 257 on. */
export const hostname = choice({
  also: (it, { version }) => version >= 258 && (it === '' || /^(?:yes|private|true|on|1):[A-Za-z0-9.%-]+$/.test(it)),
});

/** NAME, or NAME:DATA. */
export function credential(needsData: boolean): Validator {
  return (value, { key, version }) => {
    if (value === '') return NONE;
    const colon = value.indexOf(':');
    const name = colon < 0 ? value : value.slice(0, colon);
    if (unknownSpecifier(name)) return whole(value, 'a credential whose specifiers systemd knows');
    if (needsData && colon > 0) {
      const data = value.slice(colon + 1);
      if (key.name.endsWith('Encrypted') && !isBase64(data, version))
        return whole(value, 'a name, a colon and text in base64');
      const broken = key.name.endsWith('Encrypted') ? -1 : brokenEscape(data);
      if (broken >= 0)
        return [
          {
            start: colon + 1 + broken,
            end: Math.min(colon + broken + 3, value.length),
            expected: 'an escape that systemd knows',
          },
        ];
    }
    if (needsData && (colon < 0 || colon === value.length - 1)) return whole(value, 'NAME:DATA');
    const text = withSpecifiers(name);
    const source = colon < 0 ? '' : withSpecifiers(value.slice(colon + 1));
    const isSound = source.startsWith('/')
      ? !/(?:^|\/)\.{1,2}(?:\/|$)|\/\//.test(source)
      : source === '' || isCredentialName(source);
    if (!needsData && !isSound) return whole(value, 'a credential and its source: a path or a name');
    return isCredentialName(text) ? NONE : whole(value, 'a credential name');
  };
}

/** credential_name_valid(): a file's name and a descriptor's name. */
const isCredentialName = (text: string): boolean => isDescriptorName(text) && !/\/|^\.\.?$/.test(text);

/** parse_socket_bind_item(): [FAMILY:][PROTOCOL:]PORTS, or any. */
export const socketBind = one((value, { version }) => {
  const match = /^(?:(ipv4|ipv6)(?::|$))?(?:(tcp|udp|TCP|UDP)(?::|$))?(any|[^:]+)?$/.exec(value);
  if (!match || value.endsWith(':')) return false;
  const ports = match[3];
  if (ports === undefined || ports === 'any') return true;
  const [low, high = low, ...rest] = ports.split('-').map((it) => readInteger(it));
  return (
    rest.length === 0 &&
    low !== undefined &&
    high !== undefined &&
    low >= (version >= 257 ? 0n : 1n) &&
    high >= low &&
    high <= 65535n
  );
}, 'ports such as tcp:8000-8010, a family, a protocol, or any');

export const quota = one(
  (it) => it === 'off' || (readPercent(it) ?? 101) <= 100 || readSize(it, 1024) !== undefined,
  'a size, a percentage, or off',
);

export const spanWithDevice = deviceAnd((it) => isTimeSpan(it), 'a time span');

/** SELinuxContext= and its kin: after a `-` what is wrong is ignored, else the unit is refused. */
export const label: Validator = (value) => {
  const slot = unknownSpecifier(value);
  const expected = 'a specifier that systemd knows; a percent sign is written %%';
  return slot ? [{ ...slot, expected, fatal: !value.startsWith('-') }] : NONE;
};
