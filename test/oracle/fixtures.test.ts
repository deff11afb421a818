/**
 * What we call an error the real program refuses, or says that it ignores; where we say no error it says nothing. Every
 * fixture of a rule goes through the program of its family.
 */
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { allRules } from '../../server/src/rules/all.generated.js';
import { findings, grammars, load } from '../fixture/deployment.js';
import { type Fixture, readFixture, readFixtures } from '../fixture/reader.js';
import { nginxOracles } from './nginxProbe.js';
import { isThere, nginxVerdict, systemdVerdict, type Verdict } from './programs.js';

beforeAll(grammars);

const folder = new URL('../../server/src/rules/', import.meta.url).pathname;

/** Cases in which the program sees another world than the fixture's, each with the reason. */
const OTHER_WORLDS: Readonly<Record<string, string>> = {
  'modules of others and of NGINX Plus': 'Lua and headers-more need modules that this nginx does not load',
  "Debian's own file in a tree without nginx.conf":
    'the file is missing here, and whether it is on the host is unknown',
  'what the tree does not show': 'the file is missing here, and whether it is on the host is unknown',
  'what cannot be known': 'the files are missing here, and whether they are on the host is unknown',
  'nothing is known': 'the account is missing here, and whether the host has it is unknown',
  'a part of a configuration': 'the rest, which nginx would see, is not shown',
  'modules of others, which may bring variables': 'this nginx does not have the module',
  'a template that is filled in later': 'nginx sees the file after the template is filled in',
  'servers of stream and mail': 'stream and mail are modules of their own, and mail wants an authentication server',
  'a snippet that nothing includes': 'nginx does not read it',
  'closed, or opened on purpose': 'an include outside of the tree, which nginx does not find here',
  'set again, or nothing lost': 'an include outside of the tree, which nginx does not find here',
  'enough groups, or who knows': 'a map that another part of the configuration has',
  'through two servers': 'the include names the path on the host, not the one in the folder of the test',
  "Debian's folder of modules without this one": 'the modules are not where the folder of the test has them',
  'the package is not there': 'the modules are not where the folder of the test has them',
  'HTTP/2 as newer nginx has it': 'only this nginx is too old for it',
  'a module that nobody knows is loaded': 'the module is not on this machine',
  'what makes the unit fail to load': 'the verdict leaves out what is said of programs, and systemd stops at that',
  'a package brings it': 'the unit of the machine that runs the test answers',
};

/** What nginx knows here, and what it has been packaged with, decides of the documentation of these. */
const OF_THE_MACHINE = /^nginx\/(?:module-not-loaded|newer-directive): documentation/;

function casesOf(family: string): (readonly [string, Fixture])[] {
  return allRules
    .filter((rule) => rule.id.startsWith(`${family}/`))
    .flatMap((rule) => {
      const path = `${folder}${rule.id}.fixture`;
      const fixtures = existsSync(path) ? readFixtures(readFileSync(path, 'utf8')) : [];
      const docs = [
        { ...readFixture(rule.docs.bad), name: 'documentation, bad' },
        { ...readFixture(rule.docs.good), name: 'documentation, good' },
      ];
      return [...fixtures, ...docs].map((fixture) => [`${rule.id}: ${fixture.name}`, fixture] as const);
    })
    .filter(([title, fixture]) => !(fixture.name in OTHER_WORLDS) && !OF_THE_MACHINE.test(title));
}

function agrees(fixture: Fixture, verdict: (files: Fixture['files']) => Verdict): void {
  const errors = findings(load(fixture)).filter(({ finding }) => finding.severity === 'error');
  const { refuses, words } = verdict(fixture.files);
  expect({ refuses, words: refuses === errors.length > 0 ? '' : words }).toEqual({
    refuses: errors.length > 0,
    words: '',
  });
}

describe.skipIf(!isThere('nginx', ['-v']))('nginx -t', () => {
  const cases = casesOf('nginx').filter(
    ([, fixture]) =>
      fixture.files.every((it) => it.path.startsWith('etc/nginx/')) &&
      (fixture.nginx === undefined || nginxOracles()[0]?.name.startsWith(`${fixture.nginx}.`)),
  );
  it.each(cases)('%s', (_, fixture) => agrees(fixture, nginxVerdict));
});

describe.skipIf(!isThere('systemd-analyze', ['--version']))('systemd-analyze verify', () => {
  const units = (fixture: Fixture) =>
    fixture.files.filter((it) => /^etc\/systemd\/system\/[^/]+$/.test(it.path)).length;
  // What sees the deployment speaks of the start: of accounts, directories and programs, at which verify does not look.
  const ofTheStart = new Set(
    allRules.filter((it) => it.sees === 'deployment' || it.sees === 'part').map((it) => it.id),
  );
  const cases = [
    ...casesOf('systemd').filter(([name]) => !ofTheStart.has(name.slice(0, name.indexOf(':')))),
    ...casesOf('deployment').filter(([name]) => name.startsWith('deployment/socket-without-service:')),
  ];
  it.each(cases.filter(([, fixture]) => units(fixture) > 0))('%s', (_, fixture) => agrees(fixture, systemdVerdict));
});
