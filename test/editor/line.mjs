// A person follows one request from nginx to the app: lenses, definitions, hovers, an explanation, and a fix on the way.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const SITE = 'etc/nginx/sites-enabled/front';
const SOCKET = 'etc/systemd/system/shop.socket';
const SERVICE = 'etc/systemd/system/shop.service';
const TIMER = 'etc/systemd/system/shop-report.timer';

export const ALONG_THE_LINE = [
  [
    'sees who answers above upstream, server and location',
    async (person) => {
      await person.open(SITE);
      const lenses = await person.lenses(/served by shop\.service/);
      assert.ok(
        lenses.some((it) => /nginx: 1 place connects here/.test(it)),
        lenses.join('\n'),
      );
      assert.ok(
        lenses.some((it) => /served by shop\.service -> shop\.wsgi/.test(it)),
        lenses.join('\n'),
      );
      await person.screenshot('lenses-nginx');
    },
  ],
  [
    'follows a lens to the socket',
    async (person) => {
      await person.clickLens('served by shop.service');
      await person.seeFile('shop.socket');
      await person.see('.statusbar-item', 'Ln 5, Col 14');
    },
  ],
  [
    'goes from proxy_pass to the upstream, to the socket, to the service, to the Python module',
    async (person) => {
      await person.open(SITE);
      await person.goToDefinition('http://shop_app', 9);
      await person.see('.statusbar-item', /Ln 1,/);
      await person.goToDefinition('unix:/run/shop.sock', 6);
      await person.seeFile('shop.socket');
      await person.goToDefinition('ListenStream', 2);
      await person.seeFile('shop.service');
      await person.goToDefinition('shop.wsgi:application', 2);
      await person.seeFile('wsgi.py');
      await person.seeText(/def application/);
    },
  ],
  [
    'goes from the unit that is required to its file',
    async (person) => {
      await person.open(SERVICE);
      await person.goToDefinition('shop.socket', 2);
      await person.seeFile('shop.socket');
    },
  ],
  [
    'sees above a socket who connects to it',
    async (person) => {
      await person.open(SOCKET);
      const lenses = await person.lenses(/nginx: 1 place connects here/);
      assert.ok(
        lenses.some((it) => /starts shop\.service/.test(it)),
        lenses.join('\n'),
      );
      await person.screenshot('lenses-socket');
    },
  ],
  [
    'reads when a timer is next due',
    async (person) => {
      await person.open(TIMER);
      const text = await person.hover('Mon..Fri');
      assert.match(text, /Mon\.\.Fri \*-\*-\* 05:30:00/);
      assert.match(text, /next/i);
      await person.screenshot('hover-timer');
    },
  ],
  [
    'has a request explained',
    async (person) => {
      await person.open(SITE);
      await person.answer('Throughline: Explain a Request', 'http://shop.example.com/cart');
      await person.see('.tab.active', 'Explain http shop.example.com cart');
      await person.see('.editor-group-container.active .view-line', /1\.\sserver\sshop\.example\.com/);
      await person.see('.editor-group-container.active .detected-link', '/etc/systemd/system/shop.socket:5');
      await person.screenshot('explain');
      await person.command('View: Close All Editor Groups');
    },
  ],
  [
    'has the request of a location explained by a click on its lens',
    async (person) => {
      await person.open(SITE);
      await person.lenses(/explain http:\/\/shop\.example\.com\//);
      await person.clickLens('explain http://shop.example.com');
      await person.see('.tab.active', /Explain http shop\.example\.com/);
      await person.see('.editor-group-container.active .view-line', /1\.\sserver\sshop\.example\.com/);
      await person.command('View: Close All Editor Groups');
    },
  ],
  [
    'sees the exposure of a service, and what would lower it',
    async (person) => {
      await person.open(SERVICE);
      // The setting that shows it has been there since before the start.
      await person.lenses(/exposure 9\.\d UNSAFE: show/);
      await person.clickLens('exposure');
      await person.see('.tab.active', /Exposure of shop\.service/);
      await person.seeInPreview(/CapabilityBoundingSet=/);
      await person.screenshot('exposure');
      await person.command('View: Close All Editor Groups');
    },
  ],
  [
    'hands the socket to nginx by a quick fix in another file',
    async (person) => {
      await person.open(SITE);
      await person.seeProblem(/shop\.sock/);
      await person.screenshot('not-connectable');
      await person.cursorOn('unix:/run/shop.sock');
      await person.quickFixes();
      await person.screenshot('not-connectable-fixes');
      await person.takeFix('SocketUser=www-data');
      await person.seeNoProblem(/may not connect|refused|502/);
      await person.open(SOCKET);
      await person.seeText(/SocketUser=www-data/);
      await person.screenshot('connectable');
    },
  ],
  [
    'sees in nginx what is typed into the socket',
    async (person) => {
      await person.cursorOn('/run/shop.sock');
      await person.press('End');
      await person.type('et');
      await person.seeProblem(/nothing listens on \/run\/shop\.sock/);
      await person.screenshot('typed-elsewhere');
      await person.press('Control+z');
      await person.seeNoProblem(/nothing listens on/);
    },
  ],
  [
    'completes the group of a socket',
    async (person) => {
      await person.cursorOn('SocketUser');
      await person.press('End');
      await person.type('\nSocketGroup=');
      assert.ok((await person.suggestions()).includes('www-data'));
      await person.screenshot('completion-unit');
      await person.takeSuggestion('www-data');
      await person.seeText(/^SocketGroup=www-data$/m);
    },
  ],
  [
    'renames a socket on both sides',
    async (person) => {
      await person.open(SITE);
      await person.cursorOn('/run/shop.sock');
      await person.rename('/run/front.sock');
      await person.seeText(/server unix:\/run\/front\.sock;/);
      await person.open(SOCKET);
      await person.seeText(/^ListenStream=\/run\/front\.sock$/m);
      await person.seeNoProblem(/nothing listens on/);
    },
  ],
  [
    'hardens a service by a refactoring',
    async (person, folder) => {
      await person.open(SERVICE);
      await person.cursorOn('[Service]');
      const offered = await person.quickFixes();
      assert.ok(
        offered.some((it) => /Harden shop\.service/.test(it)),
        offered.join('\n'),
      );
      await person.screenshot('harden');
      await person.takeFix('Harden shop.service');
      const file = join(folder, 'etc/systemd/system/shop.service.d/hardening.conf');
      await person.until('the drop-in', () => existsSync(file));
    },
  ],
];
