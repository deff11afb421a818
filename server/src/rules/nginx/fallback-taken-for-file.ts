import type { Fix } from '../../base/fix.js';
import { isTemplated } from '../../nginx/values.js';
import { type Item, placeOfArg } from '../../syntax/nginxSyntax.js';
import { defineRule } from '../rule.js';

export default defineRule({
  id: 'nginx/fallback-taken-for-file',
  severity: 'warning',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'directive',
  directives: ['try_files'],
  messages: {
    gluedLast:
      'nginx goes on with the URI "{text}", which is one word, where it finds nothing, and does not answer {status}: mostly it comes back here until it gives up with 500. Put a blank in front of {status}.',
    glued: 'nginx looks for a file that is called "{text}": this is one word. Put a blank in front of {status}.',
    status:
      'nginx looks for a file that is called "{text}" here, and goes on to the next word: only the last word of try_files can be a status.',
    named:
      'nginx looks for a file that is called "{text}" here, and never asks the location of this name: only the last word of try_files can be one. {last} is what it comes to.',
  },
  docs: {
    summary: 'A status or a named location in try_files that nginx takes for the name of a file.',
    why: 'Of the words of try_files only the last may be a status or a location; all before it are files to look for. And `=404` counts only where it is a word of its own: `$uri/=404` is a path that no file has, and as the last word a URI to go on with.',
    bad: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    location / {
        try_files $uri $uri/=404;
    }
}
`,
    good: `-- etc/nginx/conf.d/app.conf --
server {
    root /srv/app;
    location / {
        try_files $uri $uri/ =404;
    }
}
`,
    sources: [
      'https://nginx.org/en/docs/http/ngx_http_core_module.html#try_files',
      'ngx_http_try_files() and ngx_http_try_files_handler() in src/http/modules/ngx_http_try_files_module.c',
    ],
  },

  check({ directive }, report) {
    const { name, args } = directive;
    if (name !== 'try_files' || args.length < 2 || args.some(isTemplated)) return;
    const last = args[args.length - 1]!;
    args.forEach((text, i) => {
      const at = placeOfArg(directive, i + 1);
      const isLast = i + 1 === args.length;
      const [, path, status] = /^([^=?]+)(=[1-5]\d\d)$/.exec(text) ?? [];
      if (path !== undefined && status !== undefined) {
        const fixes = changedTo(directive, i + 1, isLast ? `${path} ${status}` : path);
        report({ at, say: isLast ? 'gluedLast' : 'glued', with: { text, status }, fixes });
      } else if (isLast) return;
      else if (/^=[1-5]\d\d$/.test(text)) {
        // Nothing is lost by it: what comes behind it is what counts.
        report({ at, say: 'status', severity: 'information', with: { text } });
      } else if (/^@\w/.test(text))
        // Who names the same again at the end has it.
        report({
          at,
          say: 'named',
          severity: last.startsWith('@') ? 'information' : 'warning',
          with: { text, last },
          fixes: /^=\d{3}$/.test(last) && i + 2 === args.length ? withoutLast(directive, last) : [],
        });
    });
  },
});

function changedTo(item: Item, number: number, text: string): Fix[] {
  if (item.words[number]?.quote) return [];
  return [{ title: `Change to ${text}`, applicability: 'safe', edits: [{ at: placeOfArg(item, number), text }] }];
}

function withoutLast(item: Item, last: string): Fix[] {
  const before = placeOfArg(item, item.args.length - 1);
  const { end } = placeOfArg(item, item.args.length);
  const at = { node: before.node, start: before.end, end };
  return [{ title: `Remove ${last}`, applicability: 'suggested', edits: [{ at, text: '' }] }];
}
