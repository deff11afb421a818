// VS Code as a person uses it: looks, hovers, takes fixes, types, completes, inserts a snippet. Screenshots on the way.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Person } from './host/person.mjs';
import { copyOfSeed, copyOfShop } from './host/seed.mjs';
import { openPage, startVsCode } from './host/vscode.mjs';
import { ALONG_THE_LINE } from './line.mjs';

const SITE = 'etc/nginx/sites-available/django';
const SOCKET = 'etc/systemd/system/gunicorn.socket';
const SERVICE = 'etc/systemd/system/gunicorn.service';

/** Runs the steps one after the other; each passes or fails on its own. Returns `{title, state, error}` of each. */
export async function runPage({ vsix, screenshots }) {
  const folders = [];
  let code;
  try {
    code = await startVsCode({ vsixes: [vsix], settings: { 'throughline.hardeningLens': true } });
    const results = [];
    for (const [copy, steps] of [
      [copyOfSeed, STEPS],
      [copyOfShop, ALONG_THE_LINE],
    ]) {
      const { folder, remove } = copy();
      folders.push(remove);
      const { page, close } = await openPage(code.url(folder));
      try {
        results.push(...(await takeSteps(new Person(page, screenshots), folder, steps)));
      } finally {
        await close();
      }
    }
    return results;
  } finally {
    code?.stop();
    for (const remove of folders) remove();
  }
}

async function takeSteps(person, folder, steps) {
  const results = [];
  for (const [title, step] of steps) {
    try {
      await step(person, folder);
      results.push({ title, state: 'passed' });
    } catch (error) {
      results.push({ title, state: 'failed', error: String(error.stack ?? error) });
      await person.screenshot(`failed-${title.replaceAll(/\W+/g, '-')}`);
      // Whatever still hangs open would eat the next step's keys.
      await person.press('Escape');
    }
  }
  return results;
}

const STEPS = [
  [
    'opens the site and sees the squiggles',
    async (person) => {
      await person.open(SITE);
      await person.see('.squiggly-warning');
      await person.screenshot('squiggles');
    },
  ],
  [
    'reads the problems of both files',
    async (person) => {
      await person.seeProblem(/nothing listens on 127\.0\.0\.1:8000/);
      await person.seeProblem(/gunicorn\.socket starts gunicorn\.service/);
      await person.screenshot('problems');
    },
  ],
  [
    'hovers over a directive',
    async (person) => {
      assert.match(await person.hover('proxy_pass'), /Sets the protocol and address of a proxied server/);
      await person.screenshot('hover');
    },
  ],
  [
    'takes the quick fix',
    async (person) => {
      await person.cursorOn('127.0.0.1:8000');
      assert.ok((await person.quickFixes()).some((it) => it.includes('Connect to /run/gunicorn.sock')));
      await person.screenshot('quick-fix');
      await person.takeFix('Connect to /run/gunicorn.sock');
      await person.seeText(/proxy_pass http:\/\/unix:\/run\/gunicorn\.sock;/);
      await person.seeNoProblem(/nothing listens on/);
      await person.screenshot('fixed');
    },
  ],
  [
    'types a typo, sees it and lets it be mended',
    async (person) => {
      await person.cursorOn('server_name');
      await person.press('End');
      await person.type('\nacess_log off;');
      await person.see('.squiggly-error');
      await person.seeProblem(/acess_log.*Did you mean/);
      await person.screenshot('typo');
      await person.cursorOn('acess_log');
      assert.ok((await person.quickFixes()).some((it) => it.includes('access_log')));
      await person.takeFix('access_log');
      await person.seeText(/^ {4}access_log off;$/m);
      await person.seeNoProblem(/acess_log/);
    },
  ],
  [
    'completes a directive',
    async (person) => {
      await person.cursorOn('include proxy_params');
      await person.press('End');
      await person.type('\nproxy_set_he');
      assert.equal((await person.suggestions())[0], 'proxy_set_header');
      await person.screenshot('completion');
      await person.takeSuggestion('proxy_set_header');
      await person.type('Host $host');
      await person.seeText(/^ {8}proxy_set_header Host \$host;/m);
      await person.seeNoProblem(/proxy_set_he/);
      await person.screenshot('completed');
    },
  ],
  [
    'creates the missing service',
    async (person, folder) => {
      await person.open(SOCKET);
      await person.see('.squiggly-error');
      await person.cursorOn('ListenStream');
      assert.ok((await person.quickFixes()).some((it) => it.includes('Create gunicorn.service')));
      await person.screenshot('create-service');
      await person.takeFix('Create gunicorn.service');
      await person.until('the file', () => existsSync(join(folder, SERVICE)));
      await person.open(SERVICE);
      await person.seeText(/WorkingDirectory=\/home\/ohm\/webd\/django_md\/nginxGunicornTest/);
      await person.seeNoProblem(/gunicorn\.socket starts gunicorn\.service/);
      await person.screenshot('created-service');
    },
  ],
  [
    'inserts a snippet',
    async (person) => {
      await person.open(SERVICE);
      await person.cursorOn('[Unit]');
      await person.press('Control+a');
      await person.press('Delete');
      await person.insertSnippet('gunicorn-service-standalone');
      await person.seeText(/^\[Service\]$/m);
      await person.seeText(/^ExecStart=.*gunicorn.*--bind/m);
      await person.screenshot('snippet');
    },
  ],
];
