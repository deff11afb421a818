import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../client/src/commands.js';
import { documents } from '../../client/src/documents.js';

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const { contributes } = manifest;

describe('the manifest', () => {
  it('points at files that exist', () => {
    const files: string[] = [
      manifest.icon,
      ...contributes.languages.map((language: { configuration: string }) => language.configuration),
      ...contributes.grammars.map((grammar: { path: string }) => grammar.path),
      ...contributes.snippets.map((snippets: { path: string }) => snippets.path),
    ];
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('starts the extension for the languages that it serves, and for nothing else', () => {
    const ids: string[] = contributes.languages.map(({ id }: { id: string }) => id);
    expect(manifest.activationEvents).toEqual(ids.map((id) => `onLanguage:${id}`));
    expect([...new Set(documents.map(({ language }) => language))]).toEqual(ids);
  });

  it('contributes the commands that the client registers, shown only once it runs', () => {
    const ids = Object.values(commands);
    expect(contributes.commands.map(({ command }: { command: string }) => command)).toEqual(ids);
    expect(contributes.menus.commandPalette).toEqual(ids.map((command) => ({ command, when: 'throughline.active' })));
  });

  it('gives each language a grammar, a configuration and snippets', () => {
    for (const { id, configuration } of contributes.languages) {
      expect(configuration).toBeTruthy();
      for (const part of ['grammars', 'snippets']) {
        expect(contributes[part].filter(({ language }: { language: string }) => language === id)).toHaveLength(1);
      }
    }
  });

  it('describes each setting and gives it a default of its type', () => {
    for (const [name, setting] of Object.entries<Record<string, unknown>>(contributes.configuration.properties)) {
      expect(name).toMatch(/^throughline\./);
      expect(setting.markdownDescription, name).toMatch(/\.$/);
      expect(Array.isArray(setting.default) ? 'array' : typeof setting.default, name).toBe(setting.type);
    }
  });
});

describe('the language configurations', () => {
  const read = (id: string) => JSON.parse(readFileSync(join(root, `language-configuration/${id}.json`), 'utf8'));

  it.each([
    ['server {', true],
    ['    location ~ "^/a{2}$" { # why', true],
    ['rewrite "^/a{2}$" /b;', false],
    ['# server {', false],
    ['types { text/html html; }', false],
    ['listen 80;', false],
  ])('nginx: after %j the next line is indented: %j', (line, indented) => {
    expect(new RegExp(read('nginx').indentationRules.increaseIndentPattern).test(line)).toBe(indented);
  });

  it.each([
    ['nginx', 'proxy_set_header X-Real-IP $remote_addr;', ['proxy_set_header', 'X-Real-IP', '$remote_addr']],
    ['nginx', 'proxy_read_timeout 30s;', ['proxy_read_timeout', '30s']],
    ['systemd', 'ListenStream=/run/app.sock', ['ListenStream', 'run', 'app', 'sock']],
  ])('%s: the words of %j', (id, line, words) => {
    expect(line.match(new RegExp(read(id).wordPattern, 'g'))).toEqual(words);
  });

  it('systemd: indents what a backslash continues, and no longer than that', () => {
    const [into, out] = read('systemd').onEnterRules;
    expect(new RegExp(into.beforeText).test('ExecStart=/usr/bin/gunicorn \\')).toBe(true);
    expect(new RegExp(into.beforeText).test('ExecStart=/usr/bin/gunicorn')).toBe(false);
    expect(new RegExp(out.beforeText).test('  app:wsgi')).toBe(true);
    expect(new RegExp(out.beforeText).test('  --workers 3 \\')).toBe(false);
  });
});
