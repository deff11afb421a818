/** Where logs go besides files: `syslog:` and its parameters, `memory:`. ngx_syslog_process_conf() in src/core/ngx_syslog.c. */
import { fault, portFault } from './argumentReaders.js';
import { hostFault } from './hostNames.js';
import { parseSize, type ValueFault } from './values.js';

const FACILITIES =
  'kern user mail daemon auth intern lpr news uucp clock authpriv ftp ntp audit alert cron local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );
const SEVERITIES = ['emerg', 'alert', 'crit', 'error', 'warn', 'notice', 'info', 'debug'];

/** What is wrong with the first argument of access_log or error_log. */
export function logTargetFault(target: string): ValueFault | undefined {
  if (target.startsWith('syslog:')) return syslogFault(target.slice('syslog:'.length));
  if (target.startsWith('memory:') && parseSize(target.slice('memory:'.length)) === undefined)
    return fault(1, 'memory: with a size such as 32m');
  return undefined;
}

function syslogFault(text: string): ValueFault | undefined {
  const params = text.split(',');
  if (!params.some((it) => it.startsWith('server='))) return fault(1, 'syslog: with server= and the address behind it');
  for (const param of params) {
    const [, key, value] = /^([a-z]+)(?:=(.*))?$/s.exec(param) ?? [];
    if (param === 'nohostname') continue;
    if (key === 'server' && value !== undefined) {
      const found =
        value === ''
          ? fault(1, 'syslog: with an address behind server=')
          : (hostFault(value, 1) ?? portFault(value, 1));
      if (found) return found;
    } else if (key === 'facility' && value !== undefined) {
      if (!FACILITIES.includes(value))
        return fault(1, `syslog: with a facility such as local7 or daemon behind facility=`);
    } else if (key === 'severity' && value !== undefined) {
      if (!SEVERITIES.includes(value)) return fault(1, `syslog: with one of ${SEVERITIES.join(', ')} behind severity=`);
    } else if (key === 'tag' && value !== undefined) {
      if (!/^\w{0,32}$/.test(value))
        return fault(1, 'syslog: with at most 32 letters, digits and underscores behind tag=');
    } else return fault(1, 'syslog: with no other parameters than server=, facility=, severity=, tag= and nohostname');
  }
  return undefined;
}
