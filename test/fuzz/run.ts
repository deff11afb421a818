/** Fuzzing as a loop: random edits on real files, each followed by the comparison with a fresh parse. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TextChange } from '../../server/src/base/lineIndex.js';
import { assertFresh, openDocument } from './compare.js';
import { randomEdit, randomNumbers } from './edits.js';

export interface Find {
  readonly language: 'nginx' | 'systemd';
  readonly text: string;
  readonly edits: readonly TextChange[];
  readonly message: string;
}

const root = new URL('../..', import.meta.url).pathname;

/** Real files of both languages: the examples, and what this machine's packages have installed. */
export function realFiles(): { language: 'nginx' | 'systemd'; text: string }[] {
  const files: { language: 'nginx' | 'systemd'; text: string }[] = [];
  const take = (folder: string, language: 'nginx' | 'systemd', wanted: RegExp): void => {
    let names: string[] = [];
    try {
      names = readdirSync(folder, { recursive: true }).map(String).sort();
    } catch {}
    for (const name of names) {
      const path = join(folder, name);
      if (!wanted.test(path) || !statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
      const text = readFileSync(path, 'utf8');
      if (text.length < 20_000) files.push({ language, text });
    }
  };
  take(`${root}examples`, 'nginx', /nginx\/.*\/[^.]+$/);
  take(`${root}examples`, 'systemd', /\.(?:socket|service)$/);
  take(`${root}server/src/rules/nginx`, 'nginx', /\.fixture$/);
  take(`${root}server/src/rules/systemd`, 'systemd', /\.fixture$/);
  take('/etc/nginx', 'nginx', /\.conf$|_params$|sites-available/);
  take('/lib/systemd/system', 'systemd', /\.(?:service|socket|timer|path|mount|target)$/);
  return files;
}

/** Does `count` edits, a few hundred on each file in turn. Returns the first thing that went wrong on each file. */
export function fuzz(count: number, seed: number): { done: number; finds: Find[] } {
  const random = randomNumbers(seed);
  const files = realFiles();
  const finds: Find[] = [];
  let done = 0;
  while (done < count && finds.length < 20) {
    const { language, text } = files[Math.floor(random() * files.length)]!;
    const document = openDocument(language, text);
    const edits: TextChange[] = [];
    const rounds = Math.min(count - done, 20 + Math.floor(random() * 80));
    try {
      for (let i = 0; i < rounds; i++) {
        const edit = randomEdit(document.text, random);
        edits.push(edit);
        done++;
        document.edit(edit);
        assertFresh(document);
      }
    } catch (error) {
      finds.push(shortened({ language, text, edits, message: String((error as Error).message) }));
    } finally {
      document.dispose();
    }
  }
  return { done, finds };
}

/** Whether the edits still go wrong; the message if they do. */
export function replay({ language, text, edits }: Pick<Find, 'language' | 'text' | 'edits'>): string | undefined {
  const document = openDocument(language, text);
  try {
    for (const edit of edits) {
      document.edit(edit);
      assertFresh(document);
    }
    return undefined;
  } catch (error) {
    return String((error as Error).message);
  } finally {
    document.dispose();
  }
}

/** The same find with as little as still shows it: the last edit alone on the text before it, then fewer lines. */
function shortened(find: Find): Find {
  const { language, edits } = find;
  let text = find.text;
  for (const edit of edits.slice(0, -1)) text = text.slice(0, edit.start) + edit.text + text.slice(edit.oldEnd);
  const alone = { ...find, text, edits: edits.slice(-1) };
  const message = replay(alone);
  return message === undefined ? { ...find, language } : { ...alone, message };
}
