// Derives the catalog that the product loads from the fact tables in server/catalog/source and the overlay. Deterministic.
// `node scripts/gen-catalog.mjs` writes, `--check` fails when what is committed is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = new URL('..', import.meta.url).pathname;
const catalog = join(root, 'server/catalog');
const read = (name) => JSON.parse(readFileSync(join(catalog, name), 'utf8'));

function without(object, keys) {
  return Object.fromEntries(
    Object.entries(object).filter(([key, value]) => !keys.includes(key) && value !== undefined),
  );
}

function corrected(rows, corrections) {
  for (const { name, module, set, add } of corrections) {
    if (add) {
      rows.push({ name, module, ...add });
      continue;
    }
    const hits = rows.filter((it) => it.name === name && (module === undefined || it.module === module));
    if (hits.length === 0) throw new Error(`overlay.json corrects ${name} of ${module}, which no table has`);
    for (const row of hits) Object.assign(row, set);
  }
  return rows;
}

/** One row a directive, short keys: [name, module, contexts, block, min, max, more]. `more` holds what few directives have. */
function nginxDirectives() {
  const rows = corrected(read('source/nginx-directives.json'), read('overlay.json').nginx);
  const contexts = [];
  const modules = [];
  const indexIn = (list, value) => {
    const at = list.indexOf(value);
    return at >= 0 ? at : list.push(value) - 1;
  };
  const directives = rows.map((it) => {
    if (!it.name || !Array.isArray(it.contexts) || !it.args) throw new Error(`unclassified: ${JSON.stringify(it)}`);
    const { min, max, counts, flag } = it.args;
    const continuous = counts && max !== null && counts.length === max - min + 1;
    const more = without(
      {
        counts: counts && !continuous ? counts : undefined,
        flag: flag || undefined,
        type: it.argType === 'custom' || it.argType === 'block' ? undefined : it.argType,
        values: it.values,
        default: it.default,
        since: it.since ?? undefined,
        removed: it.removed,
        deprecated: it.deprecated ? true : undefined,
        dup: it.dup,
        inherit: it.inherit,
        params: it.params?.map(({ k, v }) => (v ? k + v : k)),
        range: it.range,
        vars: it.vars || undefined,
        commercial: it.commercial || undefined,
        third: it.thirdParty ? true : undefined,
        former: formerArgs(it),
      },
      [],
    );
    return [
      it.name,
      indexIn(modules, it.module),
      it.contexts.map((c) => indexIn(contexts, c)),
      it.block ? 1 : 0,
      min,
      max,
      more,
    ];
  });
  const docs = new Map(read('source/nginx-modules.json').map((it) => [it.module, it.docsUrl]));
  for (const it of rows) if (it.docsUrl && !docs.get(it.module)) docs.set(it.module, it.docsUrl.replace(/#.*/, ''));
  return { contexts, modules: modules.map((name) => [name, docs.get(name) ?? null]), directives };
}

/** [version, min, max]: how many arguments releases before that version take. Older releases than 1.18 are nobody's. */
function formerArgs({ changes = [] }) {
  const counted = changes.filter((it) => it.args);
  const last = counted.at(-1);
  const before = counted.at(-2)?.args;
  if (!before || Number(last.v.split('.')[1]) < 18) return undefined;
  return before.min === last.args.min && before.max === last.args.max ? undefined : [last.v, before.min, before.max];
}

function nginxVariables() {
  return read('source/nginx-variables.json').map((it) =>
    without(
      {
        name: it.name,
        module: it.module,
        contexts: it.contexts,
        prefix: it.prefix,
        since: it.since,
        changeable: it.changeable || undefined,
      },
      [],
    ),
  );
}

/** One row a key and meaning: [name, places, more]. Places are `Section:type type, ...`, since most keys stand in several sections. */
function systemdKeys() {
  const rows = [];
  for (const it of read('source/systemd-directives.json')) rows.push(keyRow(it, it.unitTypes));
  for (const it of read('source/systemd-network.json')) rows.push(keyRow(it, [it.file]));
  for (const it of read('source/quadlet.json')) {
    if (it.section === 'Quadlet')
      for (const type of ['container', 'pod', 'volume', 'kube', 'image', 'build']) rows.push(keyRow(it, [type]));
    else if (it.fileType === '.artifact') continue;
    else rows.push(keyRow(it, [it.fileType.slice(1)]));
  }
  const grouped = new Map();
  for (const [section, name, types, more] of rows) {
    const key = JSON.stringify([name, more]);
    const row = grouped.get(key) ?? [name, [], more];
    row[1].push(`${section}:${types}`);
    grouped.set(key, row);
  }
  return [...grouped.values()].map(([name, places, more]) => [name, places.join(','), more]);
}

function keyRow(it, types) {
  if (!it.section || !it.name || !types?.length) throw new Error(`unclassified: ${JSON.stringify(it)}`);
  const more = without(
    {
      type: it.valueType,
      parser: it.parser?.replace(/^config_parse_/, ''),
      values: it.values,
      new: it.valuesNew,
      bool: it.boolValues || undefined,
      multi: it.multi || undefined,
      resets: it.emptyResets || undefined,
      since: it.since ?? undefined,
      deprecated: it.deprecated ? true : undefined,
      removed: it.valueType === 'removed' || it.removed ? true : undefined,
      man: it.man,
      in: it.in && it.in.length < 3 ? it.in : undefined,
    },
    [],
  );
  return [it.section, it.name, types.join(' '), more];
}

/** What systemd 233 and later only warn about is left out. */
function specifiers() {
  return read('source/systemd-specifiers.json')
    .filter((it) => !it.deprecated)
    .map((it) => [it.spec, it.meaning, it.since ?? 0, it.system ?? null, it.inInstallAndUnitNames ? 1 : 0]);
}

/** Of hooks and of options that are gone only the names are kept: they are known. A default that the machine makes is none. */
function gunicorn() {
  const machine = new Set(['chdir', 'user', 'group', 'control_socket', 'secure_scheme_headers']);
  return read('source/gunicorn-settings.json')
    .filter((it) => it.server === 'gunicorn')
    .map(({ name, cli = [], type = 'removed', action, values, default: byDefault, since }) => ({
      name,
      cli,
      type,
      flag: type === 'bool' || /^store_(true|false|const)$/.test(action ?? ''),
      values: values && type === 'enum' ? values : undefined,
      default: machine.has(name) || type === 'callable' ? undefined : (byDefault ?? undefined),
      since: cli.length > 0 && Number(since.split('.')[0]) >= 20 ? since : undefined,
    }));
}

function specialUnits() {
  return read('source/systemd-special-units.json').map((it) => it.name);
}

/** Our texts on systemd's keys, from lines `Key: text`; a condition stands for two keys. */
function systemdTexts() {
  const texts = {};
  const add = (key, text) => {
    if (Object.hasOwn(texts, key)) throw new Error(`texts/systemd.txt has two texts on ${key}`);
    texts[key] = text;
  };
  for (const line of readFileSync(join(catalog, 'texts/systemd.txt'), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = /^(if )?([A-Za-z0-9.]+): (.+)$/.exec(line);
    if (!match) throw new Error(`texts/systemd.txt: no text on a key: ${line}`);
    const [, condition, key, text] = match;
    if (!condition) {
      add(key, text);
      continue;
    }
    const hint = 'A ! before the value turns the test round.';
    add(
      `Condition${key}`,
      `The unit is skipped, without counting as failed, unless ${text}. ${hint} An empty line drops earlier conditions.`,
    );
    // systemd has no AssertFirmware=: `systemd --dump-configuration-items`.
    if (key === 'Firmware') continue;
    add(`Assert${key}`, `Starting the unit fails unless ${text}. ${hint}`);
  }
  return texts;
}

const lines = (rows) => `[\n${rows.map((it) => JSON.stringify(it)).join(',\n')}\n]`;

function generated() {
  const nginx = nginxDirectives();
  return new Map([
    [
      'nginx.json',
      `{"generated":"by scripts/gen-catalog.mjs from source/nginx-directives.json (nginx 1.31.5) and overlay.json",\n"contexts":${JSON.stringify(nginx.contexts)},\n"modules":${lines(nginx.modules)},\n"directives":${lines(nginx.directives)}}\n`,
    ],
    ['nginx-variables.json', `${lines(nginxVariables())}\n`],
    [
      'systemd.json',
      `{"generated":"by scripts/gen-catalog.mjs from source/systemd-directives.json, systemd-network.json and quadlet.json",\n"keys":${lines(systemdKeys())},\n"specialUnits":${JSON.stringify(specialUnits())}}\n`,
    ],
    ['systemd-docs.json', `${JSON.stringify(systemdTexts(), undefined, 1)}\n`],
    ['gunicorn.json', `${lines(gunicorn())}\n`],
    ['systemd-specifiers.json', `${lines(specifiers())}\n`],
  ]);
}

/** What is committed and no longer follows from the sources. */
export function staleCatalog() {
  const stale = [];
  for (const [name, text] of generated()) {
    let before = '';
    try {
      before = readFileSync(join(catalog, name), 'utf8');
    } catch {}
    if (before !== text) stale.push(`server/catalog/${name} is stale. Run: npm run gen`);
  }
  return stale;
}

export function writeCatalog() {
  for (const [name, text] of generated()) writeFileSync(join(catalog, name), text);
}

/** nginx's own documentation for the hover, from its package; written beside the bundle, not committed. */
export function nginxDocs() {
  const require = createRequire(join(root, 'server/package.json'));
  const { getDirectives, getVariables, Format } = require('@nginx/reference-lib');
  const directives = {};
  for (const it of getDirectives(Format.Markdown)) {
    const { name, module, syntax, contexts, description } = it;
    const entry = { module, syntax, default: it.default, contexts, description };
    if (Object.hasOwn(directives, name)) directives[name].push(entry);
    else directives[name] = [entry];
  }
  const variables = {};
  for (const { name, module, description } of getVariables(Format.Markdown))
    variables[name.replace(/^\$/, '')] = { module, description };
  return { directives, variables };
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  if (process.argv.includes('--check')) {
    const stale = staleCatalog();
    for (const it of stale) console.error(it);
    process.exit(stale.length > 0 ? 1 : 0);
  }
  writeCatalog();
}
