// biome-ignore-all lint/suspicious/noTemplateCurlyInString: ${name} is a variable of the language under test
import { beforeAll, describe, expect, it } from 'vitest';
import type { IGrammar } from 'vscode-textmate';
import { loadGrammar, scopesOf } from './tokenize.js';

let grammar: IGrammar;
beforeAll(async () => {
  grammar = await loadGrammar('systemd');
});

const continued = [
  'ExecStart=/usr/bin/gunicorn \\',
  '  # a comment in between',
  '  --workers 3 \\',
  '  ; another one \\',
  '  app:wsgi',
  'Restart=always',
].join('\n');

/** [what is shown, text, the piece that is looked at, a scope that it must have] */
const samples: [string, string, string, string][] = [
  ['a section', '[Service]', 'Service', 'entity.name.section'],
  ['a section that no list knows', '[X-New]', 'X-New', 'entity.name.section'],
  ['a key', 'Restart=always', 'Restart', 'keyword.other.key'],
  ['a key with spaces around =', 'Restart = always', 'Restart', 'keyword.other.key'],
  ['an assignment', 'Restart=always', '=', 'keyword.operator.assignment'],
  ['a value', 'Restart=always', 'always', 'string.unquoted.value'],
  ['a comment', '# Restart=no', 'Restart=no', 'comment.line.number-sign'],
  ['a comment with a semicolon', '; Restart=no', 'Restart=no', 'comment.line.semicolon'],
  ['no comment inside a value', 'Description=a # b', '#', 'string.unquoted.value'],
  ['yes', 'RemainAfterExit=yes', 'yes', 'constant.language.boolean'],
  ['False', 'PrivateTmp=False', 'False', 'constant.language.boolean'],
  ['no boolean inside a text', 'Description=say yes or no', 'yes', 'string.unquoted.value'],
  ['a duration', 'TimeoutStopSec=90s', '90', 'constant.numeric'],
  ['its unit', 'TimeoutStopSec=90s', 's', 'keyword.other.unit'],
  ['a duration of two parts', 'RestartSec=1min 30s', 'min', 'keyword.other.unit'],
  ['a mode', 'SocketMode=0660', '0660', 'constant.numeric'],
  ['a percentage', 'CPUQuota=20%', '%', 'keyword.other.unit'],
  ['a path', 'ListenStream=/run/gunicorn.sock', '/run/gunicorn.sock', 'string.unquoted.value'],
  ['an address', 'ListenStream=127.0.0.1:8000', '127.0.0.1:8000', 'constant.numeric.address'],
  ['a unit', 'After=network.target', 'network.target', 'entity.name.type.unit'],
  ['an instance', 'Wants=app@one.service x', 'app@one.service', 'entity.name.type.unit'],
  ['a specifier', 'WorkingDirectory=/srv/%i', '%i', 'constant.other.placeholder.specifier'],
  ['a specifier in a unit', 'BindsTo=app-%i.service', '%i', 'constant.other.placeholder.specifier'],
  ['a percent sign', 'Description=100%% sure', '%%', 'constant.other.placeholder.specifier'],
  ['a variable', 'ExecReload=/bin/kill -s HUP $MAINPID', 'MAINPID', 'variable.other.environment'],
  ['a variable in braces', 'ExecStart=/bin/x ${OPTS}y', 'OPTS', 'variable.other.environment'],
  ['a dollar sign', 'ExecStart=/bin/x $$y', '$$', 'constant.character.escape'],
  ['prefixes of a command', 'ExecStartPre=-+/bin/true', '-+', 'keyword.operator.prefix'],
  ['the command after them', 'ExecStartPre=-+/bin/true', '/bin/true', 'string.unquoted.value'],
  ['no prefixes elsewhere', 'EnvironmentFile=-/etc/x', '-/etc/x', 'string.unquoted.value'],
  ['a separator of commands', 'ExecStart=/bin/a ; /bin/b', ';', 'keyword.operator.separator'],
  ['a string', 'Environment="A=b c"', 'A=b c', 'string.quoted.double'],
  ['a string in single quotes', "ExecStart=/bin/sh -c 'exit 1'", 'exit 1', 'string.quoted.single'],
  ['an escape', 'ExecStart=/bin/x a\\x20b', '\\x20', 'constant.character.escape'],
  ['a continuation', continued, '\\', 'punctuation.separator.continuation'],
  ['a comment in a continuation', continued, 'a comment in between', 'comment.line.number-sign'],
  ['a comment that ends in a backslash', continued, 'another one \\', 'comment.line.semicolon'],
  ['a value after a comment', continued, '3', 'constant.numeric'],
  ['the last continued line', continued, 'app:wsgi', 'meta.assignment.command'],
  ['the key after a continuation', continued, 'Restart', 'keyword.other.key'],
  ['a value at the start of a continued line', 'After=a.service \\\nb.service', 'b.service', 'entity.name.type.unit'],
  ['a string that goes on', 'ExecStart=/bin/sh -c "a \\\n  b"\nUser=x', 'b', 'string.quoted.double'],
  ['a key after a string left open', 'Environment="A=b\nUser=x', 'User', 'keyword.other.key'],
  ['a key after an empty assignment', 'ExecStart=\nUser=x', 'User', 'keyword.other.key'],
];

describe('colours of units', () => {
  it.each(samples)('%s', (_name, text, piece, scope) => {
    expect(scopesOf(grammar, text, piece)).toContain(scope);
  });
});
