/** What is done to an app's own files, and to the requests. */
import type { Asked } from '../tree.js';
import { type Hand, type Held, isPython, type Mutation } from './held.js';

const isApp = (path: string) => isPython(path) && !path.includes('site-packages') && !/gunicorn[^/]*\.py$/.test(path);

/** A line put before the first one of a module that some server imports. */
const before = (name: string, lines: readonly string[]): Hand => ({
  name: `app: ${name}`,
  take: (of) => {
    const [path, text] = of.pick(of.texts(isApp)) ?? [];
    const line = of.pick(lines)!;
    return path ? of.withText(path, `${line}\n${text}`, `+ ${line.replaceAll('\n', ' | ')}`, 1) : undefined;
  },
});

const CALLABLE = /(?<!['"\w.])(?:application|app|create_app)\b/;

function asked(of: Held, change: (it: Asked) => Partial<Asked> | undefined): Mutation | undefined {
  const one = of.pick(of.asks)!;
  const more = change(one);
  if (!more) return undefined;
  const made = { ...one, ...more };
  return { tree: of.tree, asks: [made], what: `asked ${JSON.stringify(made)}` };
}

export const APP_HANDS: readonly Hand[] = [
  before('import of what is not there', [
    'import nosuchmodule',
    'from nosuch.deep import x',
    'import requestz',
    'from . import nosuch',
    'import psycopg2x as db',
    'from .models import Nothing',
    'import app.nosuch',
  ]),
  before('fails at import', [
    'raise RuntimeError("x")',
    '1 / 0',
    'import sys; sys.exit(3)',
    'import os; os.environ["NOSUCH"]',
    'open("/nosuch")',
    'assert False',
    'x = {}["a"]',
    'print(undefined_name)',
    'import os; SECRET = os.environ["SECRET_KEY"]',
    'int("a")',
    'open("config.json").read()',
    'if True:\n    raise ValueError',
    'try:\n    import nosuch\nexcept ImportError:\n    nosuch = None',
    'def f(:',
    'import os\nPORT = int(os.environ["PORT"])',
    'from os import getenv\nDEBUG = getenv("DEBUG").lower()',
  ]),
  before('sleeps', ['import time; time.sleep(1)', 'import time\ntime.sleep(2)']),
  {
    name: 'app: callable',
    take: (of) => of.editWord(isApp, CALLABLE, (it) => of.pick(['application', 'app', 'server', of.misspell(it)!])),
  },
  { name: 'app: syntax', take: (of) => of.editWord(isApp, /[:()[\]'",=]/, (it) => of.pick(['', it + it])) },
  {
    name: 'app: indentation',
    take: (of) => of.editLine(isApp, /^ +\S/, (it) => of.pick([it.trimStart(), ` ${it}`, `\t${it.trimStart()}`])),
  },
  { name: 'app: line lost', take: (of) => of.editLine(isApp, /\S/, () => []) },
  { name: 'app: letter', take: (of) => of.editWord(isApp, /[A-Za-z_]{3,}/, (it) => of.misspell(it)) },
  {
    name: 'app: text',
    take: (of) =>
      of.editWord(isApp, /'[^']*'|"[^"]*"/, (it) =>
        of.pick([`'${of.misspell(it.slice(1, -1)) ?? 'x'}'`, "''", `${it}x`, 'None']),
      ),
  },
  {
    name: 'app: Django setting',
    take: (of) =>
      of.editLine(
        (it) => /settings[^/]*\.py$|settings\/\w+\.py$/.test(it),
        /^([A-Z_]+)\s*=\s*(.*)$/,
        (_, [, key, it]) => {
          const values: Record<string, string[]> = {
            ALLOWED_HOSTS: ["['www.example.com']", '[]', "['*']", "'example.com'", "['.example.org']"],
            DEBUG: ['True', 'False', "'False'", 'false'],
            STATIC_URL: ["'static'", "'/assets/'", "'/static'", 'None'],
            SECURE_SSL_REDIRECT: ['True'],
            APPEND_SLASH: ['False'],
          };
          const value = of.pick(values[key!] ?? ["''", 'None', '[]', `${it}x`]);
          return of.next(4) === 0 ? [] : `${key} = ${value}`;
        },
      ),
  },
  {
    name: 'app: settings added',
    take: (of) => {
      const [path, text] = of.pick(of.texts((it) => /settings[^/]*\.py$/.test(it))) ?? [];
      const line = of.pick([
        'SECURE_SSL_REDIRECT = True',
        'ALLOWED_HOSTS = []',
        "INSTALLED_APPS = ['nosuch']",
        "ROOT_URLCONF = 'nosuch.urls'",
        'DEBUG = True',
        "FORCE_SCRIPT_NAME = '/x'",
        "MIDDLEWARE = ['nosuch.Middleware']",
        'PREPEND_WWW = True',
        "SECRET_KEY = ''",
        'from .local import *',
        'import environ',
      ])!;
      return path ? of.withText(path, `${text}${line}\n`, `+ ${line}`, text!.split('\n').length) : undefined;
    },
  },
  {
    name: 'request: slash',
    take: (of) =>
      asked(of, ({ path }) => ({ path: path.endsWith('/') ? path.slice(0, -1) || '/index.html' : `${path}/` })),
  },
  {
    name: 'request: another path',
    take: (of) =>
      asked(of, ({ path }) => ({
        path: of.pick([
          `${path}x`,
          '/nosuch',
          '/static/nosuch.css',
          '/favicon.ico',
          '/.env',
          '//',
          '/index.php',
          `${path}?a=1`,
          '/%2e%2e/etc/passwd',
          '/a%20b',
          `/${of.pick(of.places())}`,
          path.toUpperCase(),
          '/static/../',
        ])!,
      })),
  },
  {
    name: 'request: another host',
    take: (of) =>
      asked(of, ({ host }) => ({
        host: of.pick([
          'www.example.com',
          'localhost',
          '127.0.0.1',
          'example.org',
          `x.${host}`,
          'EXAMPLE.com',
          'example.com.',
          'exa_mple.com',
        ])!,
      })),
  },
  {
    name: 'request: method or body',
    take: (of) =>
      asked(of, () =>
        of.pick<Partial<Asked>>([
          { method: 'HEAD' },
          { method: 'POST', body: 3 },
          { method: 'POST', body: 1_048_577 },
          { method: 'OPTIONS' },
          { method: 'DELETE' },
          { method: 'PUT', body: 20_000 },
          { method: 'POST', body: 3_000_000 },
        ]),
      ),
  },
  {
    name: 'request: another port',
    take: (of) =>
      asked(of, () => ({
        port: of.pick([80, 443, 8080, 8000])!,
        ...(of.next(2) === 0 && { scheme: 'https' as const }),
      })),
  },
];
