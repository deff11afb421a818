// VS Code as a person uses it: looks, hovers, takes a fix, types, completes, inserts a snippet. Screenshots on the way.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { copyOfSeed } from './host/seed.mjs';
import { openPage, startVsCode } from './host/vscode.mjs';

const SITE = 'etc/nginx/sites-available/django';
const SOCKET = 'etc/systemd/system/gunicorn.socket';

/** Runs the steps one after the other; each passes or fails on its own. Returns `{title, state, error}` of each. */
export async function runPage({ vsix, screenshots }) {
  const folder = copyOfSeed();
  const code = await startVsCode({ vsixes: [vsix] });
  const { page, close } = await openPage(code.url(folder));
  const person = new Person(page, screenshots, folder);
  const results = [];
  try {
    for (const [title, step] of STEPS) {
      try {
        await step(person);
        results.push({ title, state: 'passed' });
      } catch (error) {
        results.push({ title, state: 'failed', error: String(error.message ?? error) });
        await person.screenshot(`failed-${results.length}`);
      }
      await page.keyboard.press('Escape');
    }
  } finally {
    await close();
    code.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return results;
}

class Person {
  constructor(page, screenshots, folder) {
    this.page = page;
    this.screenshots = screenshots;
    this.folder = folder;
  }

  screenshot(name) {
    return this.page.screenshot({ path: join(this.screenshots, `${name}.png`) });
  }

  see(selector, hasText) {
    return this.page
      .locator(selector, hasText === undefined ? {} : { hasText })
      .first()
      .waitFor({ timeout: 20_000 });
  }

  /** Runs a command by its name, as in the palette. */
  async command(name) {
    await this.page.keyboard.press('F1');
    await this.see('.quick-input-widget input');
    await this.page.keyboard.type(name);
    await this.see('.quick-input-list .monaco-list-row', name);
    await this.page.keyboard.press('Enter');
  }

  async open(path) {
    await this.page.keyboard.press('Control+p');
    await this.see('.quick-input-widget input');
    await this.page.keyboard.type(path);
    await this.see('.quick-input-list .monaco-list-row', path.slice(path.lastIndexOf('/') + 1));
    await this.page.keyboard.press('Enter');
    await this.see('.tab.active', path.slice(path.lastIndexOf('/') + 1));
    await this.see('.editor-instance .view-lines');
  }

  /** Puts the cursor at a line and column, both from 1. */
  async goTo(line, column) {
    await this.page.keyboard.press('Control+g');
    await this.see('.quick-input-widget input');
    await this.page.keyboard.type(`${line}:${column}`);
    await this.page.keyboard.press('Enter');
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** The shown text, blanks as they are. */
  async text() {
    const lines = await this.page.locator('.editor-instance .view-line').allInnerTexts();
    return lines.join('\n').replaceAll('\u00A0', ' ');
  }

  async until(what, probe) {
    const end = Date.now() + 20_000;
    while (Date.now() < end) {
      if (await probe()) return;
      await this.page.waitForTimeout(50);
    }
    throw new Error(`waited in vain: ${what}\n${await this.text()}`);
  }
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
      await person.command('View: Focus Problems');
      await person.see('.markers-panel .monaco-list-row', 'nothing listens on 127.0.0.1:8000');
      await person.see('.markers-panel .monaco-list-row', 'gunicorn.socket starts gunicorn.service');
      await person.screenshot('problems');
    },
  ],
  [
    'hovers over a directive',
    async (person) => {
      await person.open(SITE);
      await person.goTo(12, 12);
      await person.command('Show or Focus Hover');
      await person.see('.monaco-hover', 'Sets the protocol and address of a proxied server');
      await person.screenshot('hover');
    },
  ],
  [
    'takes the quick fix',
    async (person) => {
      await person.open(SITE);
      await person.goTo(12, 26);
      await person.page.keyboard.press('Control+.');
      await person.see('.action-widget', 'Connect to /run/gunicorn.sock');
      await person.screenshot('quick-fix');
      await person.page.keyboard.press('Enter');
      await person.until('proxy_pass points at the socket', async () =>
        (await person.text()).includes('proxy_pass http://unix:/run/gunicorn.sock;'),
      );
      await person.screenshot('fixed');
    },
  ],
  [
    'types a typo and sees it',
    async (person) => {
      await person.open(SITE);
      await person.goTo(3, 27);
      await person.page.keyboard.type('\nacess_log off;');
      await person.see('.squiggly-error');
      await person.screenshot('typo');
      await person.command('Undo');
    },
  ],
  [
    'completes a directive',
    async (person) => {
      await person.open(SITE);
      await person.goTo(12, 1);
      await person.page.keyboard.press('End');
      await person.page.keyboard.type('\nproxy_set_he');
      await person.page.keyboard.press('Control+Space');
      await person.see('.suggest-widget .monaco-list-row', 'proxy_set_header');
      await person.screenshot('completion');
      await person.page.keyboard.press('Enter');
      await person.until('the directive stands there', async () => /proxy_set_header\s/.test(await person.text()));
    },
  ],
  [
    'creates the missing service',
    async (person) => {
      await person.open(SOCKET);
      await person.see('.squiggly-error');
      await person.goTo(5, 3);
      await person.page.keyboard.press('Control+.');
      await person.see('.action-widget', 'Create gunicorn.service');
      await person.page.keyboard.press('Enter');
      await person.until('the file exists', () => exists(join(person.folder, 'etc/systemd/system/gunicorn.service')));
      await person.open('etc/systemd/system/gunicorn.service');
      await person.screenshot('created-service');
    },
  ],
  [
    'inserts a snippet',
    async (person) => {
      await person.open('etc/systemd/system/gunicorn.service');
      await person.page.keyboard.press('Control+a');
      await person.page.keyboard.press('Delete');
      await person.command('Snippets: Insert Snippet');
      await person.see('.quick-input-list .monaco-list-row', 'gunicorn');
      await person.screenshot('snippets');
      await person.page.keyboard.type('gunicorn');
      await person.page.keyboard.press('Enter');
      await person.until('a section stands there', async () => /\[(?:Unit|Socket|Service)\]/.test(await person.text()));
    },
  ],
];

function exists(path) {
  try {
    return readFileSync(path, 'utf8').length >= 0;
  } catch {
    return false;
  }
}
