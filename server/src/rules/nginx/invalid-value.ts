import { nearest } from '../../base/nearest.js';
import type { NginxDirective } from '../../catalog/nginx.js';
import { isAtLeast, type NginxTarget, type NginxVersion, takes, versionText } from '../../catalog/nginxVersion.js';
import { isValueUsed } from '../../nginx/unusedValues.js';
import { valueFault } from '../../nginx/valueFaults.js';
import type { ValueFault } from '../../nginx/values.js';
import { placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

/** What people write for a flag who know it from other programs. */
const YES = ['true', 'yes', '1', 'enable', 'enabled'];
const NO = ['false', 'no', '0', 'disable', 'disabled'];

export default defineRule({
  id: 'nginx/invalid-value',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  messages: {
    invalid: 'nginx does not take "{value}" here and will not start. In "{name}" it must be {expected}.',
    invalidNear:
      'nginx does not take "{value}" here and will not start. In "{name}" it must be {expected}. Did you mean "{near}"?',
  },
  docs: {
    summary: 'An argument that is no flag, number, size, time or keyword where one is wanted.',
    why: 'nginx -t fails with `invalid value` or `invalid parameter`, and a reload keeps the old configuration.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    sendfile yes;
    client_max_body_size 20MB;
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    sendfile on;
    client_max_body_size 20m;
}
`,
    sources: [
      'ngx_conf_set_flag_slot() and its like in src/core/ngx_conf_file.c',
      'https://nginx.org/en/docs/syntax.html',
    ],
  },

  check({ directive, context, here, unbalanced, target }, report) {
    if (context === 'data' || directive.joinedWords !== undefined || unbalanced || directive.words.length < 2) return;
    // A word that runs into its neighbour has another fault, and its value is not what was meant.
    const { words: all } = directive;
    if (all.some((it, i) => it.unterminated || all[i + 1]?.start === it.end)) return;
    const { args } = directive;
    // Of several modules with this name one is loaded; each that would take the arguments silences the others.
    let fault: ValueFault | undefined;
    for (const entry of here) {
      if (!takes(entry, args.length, target)) continue;
      fault = valueFault(entry, args) ?? tooNew(entry, args, target);
      if (!fault) return;
    }
    if (!fault || !isValueUsed(directive)) return;
    const { arg, expected, words } = fault;
    const value = args[arg - 1]!;
    const at = placeOfArg(directive, arg);
    const near = suggestion(value, words, here[0]!);
    if (near === undefined) report({ at, say: 'invalid', with: { value, name: directive.name, expected } });
    else
      report({
        at,
        say: 'invalidNear',
        with: { value, name: directive.name, expected, near },
        fixes: [{ title: `Change to "${near}"`, applicability: 'suggested', edits: [{ at, text: near }] }],
      });
  },
});

/** Parameters that came later than their directive, with the release. Those that NGINX Plus had before are left out. */
const PARAMS_SINCE: Readonly<Record<string, Readonly<Record<string, NginxVersion>>>> = {
  'ngx_http_core_module listen': { quic: [1, 25, 0], multipath: [1, 29, 7] },
  'ngx_mail_core_module listen': { multipath: [1, 29, 7] },
  'ngx_stream_core_module listen': { default_server: [1, 25, 5], deferred: [1, 25, 5], multipath: [1, 29, 7] },
  'ngx_http_upstream_module keepalive': { local: [1, 29, 7] },
};

function tooNew({ module, name }: NginxDirective, args: readonly string[], { version }: NginxTarget) {
  const since = version && PARAMS_SINCE[`${module} ${name}`];
  if (!since) return undefined;
  const at = args.findIndex((it) => Object.hasOwn(since, it) && !isAtLeast(version, since[it]!));
  if (at >= 0)
    return { arg: at + 1, expected: `left out: it came with nginx ${versionText(since[args[at]!]!)}`, words: [] };
  // Its second argument came with its only keyword.
  return name === 'keepalive' && args.length > 1 && !isAtLeast(version, since.local!)
    ? { arg: 2, expected: 'left out: this nginx takes one argument', words: [] }
    : undefined;
}

function suggestion(value: string, words: readonly string[], { type }: NginxDirective): string | undefined {
  const lower = value.toLowerCase();
  if (words.includes('on') && YES.includes(lower)) return 'on';
  if (words.includes('off') && NO.includes(lower)) return 'off';
  if (words.length > 0) {
    // A keyword keeps what stands behind its `=`.
    const at = value.indexOf('=') + 1;
    const near = nearest(at > 0 ? value.slice(0, at) : value, words);
    return near?.endsWith('=') ? near + value.slice(at || value.length) : near;
  }
  const size = /^(\d+)\s*([kmg])i?b$/i.exec(value);
  if (size && (type === 'size' || type === 'off_t')) {
    const unit = size[2]!.toLowerCase();
    return unit === 'g' && type === 'size' ? undefined : `${size[1]}${unit}`;
  }
  return undefined;
}
