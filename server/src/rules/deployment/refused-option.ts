import { variableArguments } from '../../apps/gunicorn.js';
import { configFault, type OptionFault, optionFaults } from '../../apps/gunicornFaults.js';
import type { Fix } from '../../base/fix.js';
import { joinPath } from '../../base/hostPath.js';
import type { Place } from '../../base/place.js';
import { gunicornSettingNames } from '../../catalog/gunicorn.js';
import { otherFaults } from '../../deployment/otherOptions.js';
import { placeOfArgWord, placeOfCommand } from '../../deployment/serviceApp.js';
import { installedFor, isInstalled } from '../../deployment/sitePackages.js';
import { sees } from '../../deployment/startOf.js';
import { lacksAccount } from '../../host/accounts.js';
import { defineRule, type Related } from '../rule.js';

export default defineRule({
  id: 'deployment/refused-option',
  severity: 'error',
  confidence: 'certain',
  audience: 'everyone',
  sees: 'part',
  messages: {
    unknown: 'gunicorn will exit at its start: no release of it knows {option}.',
    unknownNear: 'gunicorn will exit at its start: no release of it knows {option}; it has {wanted}.',
    ambiguous: 'gunicorn will exit at its start: {option} may stand for {wanted}.',
    noValue: 'gunicorn will exit at its start: {option} needs a value.',
    number: 'gunicorn will exit at its start: {option} takes a whole number, and {value} is none.',
    negative: 'gunicorn will exit at its start: {option} takes no number below 0.',
    choice: 'gunicorn will exit at its start: {option} takes one of {wanted}, not {value}.',
    worker: 'gunicorn will exit at its start: it has no worker class {value}.',
    workerMissing:
      'gunicorn will exit at its start: its worker class {value} needs {wanted}, which is not installed in {folder}.',
    address:
      'gunicorn will exit at its start: {value} is no address that it can listen on. It takes HOST:PORT, unix:PATH and fd://N.',
    variable: 'gunicorn will exit at its start: {option} takes NAME=value.',
    shell:
      'gunicorn will exit at its start: {option} takes a number, and systemd leaves {value} as it is; no shell runs.',
    noDirectory: 'gunicorn will exit at its start: there is no directory {value} that it could change to (chdir).',
    literal:
      'gunicorn will exit at its start: systemd leaves {value} as it is within a word, and {option} takes a number for the port.',
    account: 'gunicorn will exit at its start: {option} names {value}, which the host does not have.',
    foreign: '{server} will exit at its start: it has no option {option}. {cure}',
    otherNumber: '{server} will exit at its start: {option} takes a whole number, and {value} is none.',
    noPython:
      'gunicorn will exit at its start: {value} is run as Python, and Python cannot read it from line {line} on. Texts stand in quotes there.',
    bareWord:
      'gunicorn will exit at its start: {value} is run as Python, and {name} is a name there that nothing defines. Put it in quotes.',
    noName: 'gunicorn will exit at its start: {value} is run as Python, and nothing in it defines or imports {name}.',
    noConfig: 'gunicorn will exit at its start: there is no config file {value}.',
  },
  docs: {
    summary: 'gunicorn refuses one of its options or settings.',
    why: 'gunicorn exits before it listens, systemd restarts it until it gives up, and nginx answers 502.',
    bad: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/srv/app/venv/bin/gunicorn --bind /run/app/app.sock app.wsgi
`,
    good: `-- etc/systemd/system/app.service --
[Service]
WorkingDirectory=/srv/app
ExecStart=/srv/app/venv/bin/gunicorn --bind unix:/run/app/app.sock app.wsgi
`,
    sources: [
      'https://docs.gunicorn.org/en/stable/settings.html',
      'the validators in gunicorn/config.py',
      'parse_address() in gunicorn/util.py',
    ],
  },

  check(view, report) {
    if (view.part !== 'app') return;
    const { app } = view;
    // A template is no service yet: its specifiers have no values.
    if (app.unit.name.instance === '') return;
    if (app.server !== 'gunicorn') {
      const { server } = app;
      for (const fault of otherFaults(app)) {
        const { option, value, cure } = fault;
        const at = placeOfArgWord(app, fault.word);
        if (cure !== undefined) report({ at, say: 'foreign', with: { server, option, cure } });
        else report({ at, say: 'otherNumber', with: { server, option, value } });
      }
      return;
    }
    const { host } = view.around;
    const { given, settings } = app.command;
    const isActivated = view.around.socketsOf(app.unit.name.full).length > 0;
    const say = (fault: OptionFault, at: Place, fixes: Fix[], related: Related[] = []): void => {
      const { option, value, wanted } = fault;
      // With a socket from systemd the address is read, and nobody binds it: only its port can be at fault.
      if (fault.fault === 'address' && isActivated && parses(value)) return;
      const place = { at, fixes, related };
      if (fault.fault === 'unknown' && wanted !== undefined)
        report({ ...place, say: 'unknownNear', with: { option, wanted } });
      else if (fault.fault === 'ambiguous')
        report({ ...place, say: 'ambiguous', with: { option, wanted: wanted ?? '' } });
      else if (fault.fault === 'choice')
        report({ ...place, say: 'choice', with: { option, value, wanted: wanted ?? '' } });
      else report({ ...place, say: fault.fault, with: { option, value } as never });
    };
    for (const fault of optionFaults(given)) {
      const at = placeOfArgWord(app, fault.word);
      say(fault, at, fixFor(fault, at));
    }
    if (!app.unwrapped.wrapped && !app.unwrapped.script)
      for (const { spec, value } of given.options)
        if (spec.setting === 'bind' && value && /:\$[A-Za-z_]\w*$/.test(value.text))
          report({
            at: placeOfArgWord(app, value),
            say: 'literal',
            with: { value: value.text.slice(value.text.lastIndexOf(':') + 1), option: '--bind' },
          });
    const variable = variableArguments(app.environment);
    if (variable && variable !== 'unknown')
      for (const fault of optionFaults(variable)) say(fault, placeOfCommand(app), []);
    if (!settings) return;
    for (const name of gunicornSettingNames()) {
      const { written: value = null, at } = settings.of(name);
      const fault = configFault(name, value);
      if (!fault) continue;
      const related: Related[] = at ? [{ at, text: 'in the config file', mend: true }] : [];
      const text =
        typeof value === 'string' ? value : Array.isArray(value) ? value.map(String).join(', ') : String(value);
      say({ ...fault, option: name, value: text, word: app.unwrapped.program }, placeOfCommand(app), [], related);
    }
    const worker = settings.of('worker_class');
    const needs =
      typeof worker.value === 'string' ? WORKERS_NEED[worker.value.replace(/[._]?workers?\..*$/, '')] : undefined;
    const installed = needs === undefined ? undefined : installedFor(app, host);
    if (installed && isInstalled(host, installed, needs!) === false) {
      const at = worker.word ? placeOfArgWord(app, worker.word) : placeOfCommand(app);
      const names = { value: String(worker.value), wanted: needs!, folder: installed.folders[0]! };
      report({ at, say: 'workerMissing', with: names });
    }
    const moved = settings.of('chdir');
    if (typeof moved.value === 'string' && moved.value !== '' && app.workingDirectory) {
      const path = joinPath(app.workingDirectory, moved.value);
      const facts = host.stat(path);
      if (facts.known && !facts.value && sees(app.unit) === 'host')
        report({
          at: moved.word ? placeOfArgWord(app, moved.word) : placeOfCommand(app),
          say: 'noDirectory',
          with: { value: path },
          related: moved.at ? [{ at: moved.at, text: 'in the config file', mend: true }] : [],
        });
    }
    for (const key of ['user', 'group'] as const) {
      const { value, word, source } = settings.of(key);
      if (typeof value !== 'string' || source === 'default' || /[$%]/.test(value)) continue;
      if (!lacksAccount(host, key, value)) continue;
      const at = word ? placeOfArgWord(app, word) : placeOfCommand(app);
      report({ at, say: 'account', with: { option: key, value } });
    }
    const config = given.options.findLast((it) => it.spec.setting === 'config')?.value;
    if (config && app.workingDirectory && !/^python:|\$/.test(config.text)) {
      const path = joinPath(app.workingDirectory, config.text.replace(/^file:/, ''));
      const facts = host.stat(path);
      if (facts.known && !facts.value)
        report({ at: placeOfArgWord(app, config), say: 'noConfig', with: { value: path } });
    }
    const broken = settings.config === 'unknown' ? undefined : settings.config?.fault;
    if (!broken) return;
    const { line, name, file: value } = broken;
    const at = config ? placeOfArgWord(app, config) : placeOfCommand(app);
    const related: Related[] = [{ at: broken.at, text: 'Python stops here', mend: true }];
    if (line === undefined) report({ at, related, say: broken.bare ? 'bareWord' : 'noName', with: { value, name } });
    else report({ at, related, severity: broken.sure ? 'error' : 'warning', say: 'noPython', with: { value, line } });
  },
});

/** Worker classes and the package that each imports: gunicorn/workers. */
const WORKERS_NEED: Readonly<Record<string, string>> = {
  gevent: 'gevent',
  gevent_wsgi: 'gevent',
  gevent_pywsgi: 'gevent',
  eventlet: 'eventlet',
  tornado: 'tornado',
  uvicorn: 'uvicorn',
  uvicorn_worker: 'uvicorn_worker',
};

function fixFor({ fault, word, option, value, wanted }: OptionFault, at: Place): Fix[] {
  if (wanted === undefined || fault === 'choice' || fault === 'ambiguous' || at.end - at.start !== word.text.length)
    return [];
  const foreign = /^--(?:host|port|uds)$/.test(option);
  if (fault === 'unknown' && foreign) return [];
  const text = fault === 'unknown' ? wanted + word.text.slice(option.length) : word.text.replace(value, wanted);
  return [{ title: `Write ${text}`, applicability: 'suggested', edits: [{ at, text }] }];
}

/** Whether gunicorn can tell host and port: parse_address() in gunicorn/util.py takes any text without a colon for a host. */
function parses(address: string): boolean {
  const [, port] = address.replace(/^tcp:\/\//, '').split(':');
  return port === undefined || /^\d+$/.test(port) || address.includes(']');
}
