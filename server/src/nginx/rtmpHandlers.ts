/** Handlers of the rtmp module, each after the function in its source that reads the directive. */
import { fault, type Handler, portFault, word } from './argumentReaders.js';
import { hostFault, isLoneWord } from './hostNames.js';
import { isNetwork } from './inetAddress.js';
import { parseNumber, parseTime } from './values.js';

/** ngx_rtmp_relay_push_pull(): an address, a port, and a path that it does not look at; then keys with values. */
const RELAY_KEYS =
  'app name tcUrl pageUrl swfUrl flashVer playPath live start stop token subscribe conn audioCodecs videoCodecs'.split(
    ' ',
  );

const relay: Handler = (args, entry) => {
  const authority = args[0]!.replace(/^rtmp:\/\//i, '').split('/')[0]!;
  const found = portFault(authority, 1) ?? hostFault(authority, 1);
  if (found) return found;
  for (const [i, value] of args.entries()) {
    if (i === 0) continue;
    if (value === 'static') {
      if (entry.name === 'push') return fault(i + 1, 'left out: only "pull" is "static"');
      continue;
    }
    const at = value.indexOf('=');
    if (at < 0 || !RELAY_KEYS.includes(value.slice(0, at)))
      return fault(
        i + 1,
        'a key with its value, such as name=live',
        RELAY_KEYS.map((it) => `${it}=`),
      );
  }
  return undefined;
};

/** ngx_rtmp_notify_parse_url(): notifications go to an http:// address. */
const notification: Handler = ([url]) => {
  if (!/^http:/i.test(url!)) return undefined;
  if (!/^http:\/\//i.test(url!)) return fault(1, 'an address that begins with http://');
  const authority = url!.slice('http://'.length).split('/')[0]!;
  return portFault(authority, 1) ?? hostFault(authority, 1);
};

/** ngx_rtmp_core_listen(). */
const listen: Handler = (args) => {
  const [address] = args;
  if (/^-/.test(address!) || isLoneWord(address!)) return fault(1, 'an address or a port');
  const at = args.findIndex(
    (it, i) => i > 0 && !/^(?:bind|ipv6only=(?:on|off)|so_keepalive=.*|proxy_protocol)$/.test(it),
  );
  if (at > 0)
    return fault(at + 1, '"bind", "proxy_protocol", ipv6only= or so_keepalive=', [
      'bind',
      'proxy_protocol',
      'ipv6only=',
      'so_keepalive=',
    ]);
  return portFault(address!, 1) ?? hostFault(address!, 1);
};

/** ngx_rtmp_access_rule(): `publish` or `play` and an address, which is the last of two. */
const access: Handler = (args) => {
  const address = args[args.length - 1]!;
  if (args.length === 2 && args[0] !== 'publish' && args[0] !== 'play')
    return fault(1, '"publish" or "play", before the address', ['publish', 'play']);
  return address === 'all' || isNetwork(address)
    ? undefined
    : fault(args.length, 'an address, a network such as 192.0.2.0/24, or "all"', ['all']);
};

/** Arrays of ngx_conf_enum_t and ngx_conf_bitmask_t, which nginx compares without case. */
const oneOf =
  (words: readonly string[]): Handler =>
  (args) => {
    const at = args.findIndex((it) => !words.includes(it.toLowerCase()));
    return at < 0 ? undefined : fault(at + 1, words.map((it) => `"${it}"`).join(' or '), words);
  };

/** ngx_rtmp_live_set_msec_slot(): `off` beside a time. */
const timeOrOff: Handler = ([value]) =>
  value === 'off' || parseTime(value!, 'milliseconds') !== undefined
    ? undefined
    : fault(1, 'a time such as 10s, or "off"', ['off']);

/** ngx_rtmp_exec_kill_signal(): a number, or the name of a signal without SIG. */
const signal: Handler = ([value]) =>
  parseNumber(value!) !== undefined || /^(?:sig)?[a-z]+[12]?$/i.test(value!) ? undefined : fault(1, 'a signal');

const STATISTICS = ['all', 'global', 'live', 'clients'];
const CONTROLS = ['all', 'record', 'drop', 'redirect'];

export const RTMP_HANDLERS: Readonly<Record<string, Handler>> = {
  allow: access,
  deny: access,
  drop_idle_publisher: timeOrOff,
  exec_kill_signal: signal,
  hls_fragment_naming: oneOf(['sequential', 'timestamp', 'system']),
  hls_fragment_slicing: oneOf(['plain', 'aligned']),
  hls_type: oneOf(['live', 'event']),
  listen,
  meta: oneOf(['off', 'on', 'copy']),
  notify_method: word(1, ['get', 'post']),
  pull: relay,
  push: relay,
  record: oneOf(['off', 'all', 'audio', 'video', 'keyframes', 'manual']),
  rtmp_control: oneOf(CONTROLS),
  rtmp_stat: oneOf(STATISTICS),
  sync: timeOrOff,
  ...Object.fromEntries(
    ['connect', 'disconnect', 'play', 'publish', 'done', 'play_done', 'publish_done', 'record_done', 'update'].map(
      (it) => [`on_${it}`, notification],
    ),
  ),
};
