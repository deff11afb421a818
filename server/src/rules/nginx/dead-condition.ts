import { nearest } from '../../base/nearest.js';
import { type Condition, comparedArg, readCondition } from '../../nginx/condition.js';
import { matcher } from '../../nginx/effective/regex.js';
import { isTemplated } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/dead-condition',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['if'],
  messages: {
    never: 'This is never true: {why}.',
    always: 'This is always true: {why}.',
    method: 'Nobody sends the method "{method}". Did you mean "{near}"?',
  },
  docs: {
    summary: 'A condition that no request fulfils, or each one.',
    why: 'nginx compares texts letter by letter and knows nothing of methods, networks or schemes: a misspelt value is just never there.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    if ($scheme = HTTP) {
        return 301 https://$host$request_uri;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    if ($scheme = http) {
        return 301 https://$host$request_uri;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_rewrite_module.html#if',
      'ngx_http_parse_request_line() in src/http/ngx_http_parse.c',
      'src/http/ngx_http_variables.c',
    ],
  },

  check({ directive, context }, report) {
    if (directive.name !== 'if' || context === 'unknown' || directive.args.some(isTemplated)) return;
    const condition = readCondition(directive.args);
    if ('fault' in condition || condition.kind === 'file') return;
    if (condition.kind === 'compare' && condition.value.includes('$')) return;
    const at = placeOfArg(directive, comparedArg(directive.args));
    const outcome = ofFewValues(condition) ?? ofShape(condition);
    if (outcome) report({ at, say: outcome.holds ? 'always' : 'never', with: { why: outcome.why } });
    else if (condition.kind === 'compare' && condition.variable === 'request_method') {
      const near = METHODS.has(condition.value) ? undefined : nearest(condition.value, [...METHODS]);
      if (near !== undefined) report({ at, say: 'method', with: { method: condition.value, near } });
    }
  },
});

interface Outcome {
  readonly holds: boolean;
  readonly why: string;
}

/** All values that these variables can have. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  scheme: ['http', 'https'],
  https: ['', 'on'],
  http2: ['', 'h2', 'h2c'],
  is_args: ['', '?'],
  pipe: ['p', '.'],
  invalid_referer: ['', '1'],
};

function ofFewValues(condition: Exclude<Condition, { kind: 'file' }>): Outcome | undefined {
  const { variable } = condition;
  const values = Object.hasOwn(VALUES, variable) ? VALUES[variable]! : undefined;
  const holds = values?.map((it) => holdsFor(condition, it));
  if (!values || !holds || holds.some((it) => it !== holds[0]) || holds[0] === undefined) return undefined;
  const words = values.map((it) => (it === '' ? 'empty' : `"${it}"`));
  return { holds: holds[0], why: `$${variable} is ${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}` };
}

function holdsFor(condition: Exclude<Condition, { kind: 'file' }>, value: string): boolean | undefined {
  if (condition.kind === 'variable') return value !== '' && value !== '0';
  if (condition.kind === 'compare') return (condition.value === value) !== condition.not;
  const regex = matcher(condition.pattern, condition.caseless);
  return regex && (regex.match(value) !== undefined) !== condition.not;
}

/** What a value must look like, whatever it is. */
function ofShape(condition: Exclude<Condition, { kind: 'file' }>): Outcome | undefined {
  if (condition.kind === 'variable') return undefined;
  const why =
    condition.kind === 'compare'
      ? cannotEqual(condition.variable, condition.value)
      : cannotMatch(condition.variable, condition.pattern, condition.caseless);
  return why === undefined ? undefined : { holds: condition.not, why };
}

function cannotEqual(variable: string, value: string): string | undefined {
  switch (variable) {
    case 'request_method':
      // Other letters make the request a bad one.
      return /^[A-Z_-]+$/.test(value) ? undefined : 'nginx takes no methods but those in capitals';
    case 'host':
      if (/[A-Z]/.test(value)) return '$host is in lower case';
      return /^[^:[\]]+:\d+$/.test(value) ? '$host has no port' : undefined;
    case 'uri':
    case 'document_uri':
    case 'request_uri':
      return /^[\w.-]/.test(value) || value === '' ? `$${variable} begins with a slash` : undefined;
    case 'remote_addr':
    case 'server_addr':
      if (value.includes('/')) return `$${variable} is one address, not a network. Use geo or allow and deny`;
      return /^[\w-]*[g-z][\w-]*(?:\.[\w-]+)*$/i.test(value) && value !== 'unix:'
        ? `$${variable} is an address, not a name`
        : undefined;
    case 'ssl_client_verify':
      return /^(?:SUCCESS|NONE|FAILED.*|)$/.test(value)
        ? undefined
        : '$ssl_client_verify is SUCCESS, NONE or FAILED and its reason';
    default:
      return undefined;
  }
}

function cannotMatch(variable: string, pattern: string, caseless: boolean): string | undefined {
  switch (variable) {
    case 'request_method': {
      const words = /^\^?\(?(?:\?:)?([A-Za-z]+(?:\|[A-Za-z]+)*)\)?\$?$/.exec(pattern)?.[1]?.split('|');
      return !caseless && words?.every((it) => /[a-z]/.test(it)) ? 'methods are in capitals' : undefined;
    }
    case 'uri':
    case 'document_uri':
    case 'request_uri':
      return /^\^[A-Za-z0-9_-](?![?*{|])[^|]*$/.test(pattern) ? `$${variable} begins with a slash` : undefined;
    case 'remote_addr':
      return /^[^|[(\\]*(?:\\.[^|[(\\]*)*\/\d+\$?$/.test(pattern)
        ? '$remote_addr is one address, not a network. Use geo or allow and deny'
        : undefined;
    default:
      return undefined;
  }
}

/** https://www.iana.org/assignments/http-methods, and what caches and app servers call purging. */
const METHODS = new Set(
  `ACL BASELINE-CONTROL BAN BIND CHECKIN CHECKOUT CONNECT COPY DELETE GET HEAD LABEL LINK LOCK MERGE MKACTIVITY MKCALENDAR
  MKCOL MKREDIRECTREF MKWORKSPACE MOVE NOTIFY OPTIONS ORDERPATCH PATCH POST PRI PROPFIND PROPPATCH PURGE PUT QUERY REBIND
  REFRESH REPORT SEARCH SUBSCRIBE TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UNSUBSCRIBE UPDATE UPDATEREDIRECTREF
  VERSION-CONTROL`.split(/\s+/),
);
