/**
 * What nginx's handlers refuse and take, line by line of handlers.txt: each nginx of this machine is asked, and so are
 * we, for its version. `LIST=1` prints all that disagrees, `ONLY=limit_req` asks the lines that have it.
 */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { NginxContext } from '../../server/src/catalog/nginx.js';
import { NEWEST } from '../../server/src/catalog/nginxVersion.js';
import { grammars } from '../fixture/deployment.js';
import { AROUND, askNginx, errorsOf, nginxOracles } from './nginxProbe.js';

beforeAll(grammars);

interface Question {
  readonly line: string;
  /** Marked with `~`: we are known to disagree, with some release or all of them. */
  readonly open: boolean;
  readonly text: string;
}

const questions: Question[] = readFileSync(new URL('handlers.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((it) => it !== '' && !it.startsWith('#') && new RegExp(process.env.ONLY ?? '').test(it))
  .map((written) => {
    const open = written.startsWith('~');
    const line = open ? written.slice(1) : written;
    const context = line.slice(0, line.indexOf(' ')) as NginxContext;
    const text = line.slice(context.length + 1);
    return { line, open, text: /\bevents \{/.test(text) ? `${text}\n` : AROUND[context]!.join(text) };
  });

const oracles = nginxOracles();

describe
  .skipIf(oracles.length === 0)
  .each(oracles.length > 0 ? oracles : [{ name: 'none', root: '/', target: NEWEST }])(
  'handlers of nginx $name',
  { timeout: 600_000 },
  (oracle) => {
    it('refuse what we call an error, and nothing else', async () => {
      const verdicts = await askNginx(
        questions.map((it) => it.text),
        oracle,
      );
      const disagree = questions.flatMap(({ line, open, text }, i) => {
        const { refuses, words } = verdicts[i]!;
        // A module that is not there says nothing of what it would take.
        if (/unknown directive/.test(words)) return [];
        const errors = errorsOf(text, oracle.target);
        if (errors.length > 0 === refuses || (open && !process.env.LIST)) return [];
        return [`${line}\n    nginx: ${words || 'takes it'}\n    ours: ${errors.map((it) => it.finding.message)}`];
      });
      if (process.env.LIST) console.log(disagree.join('\n'));
      expect(disagree).toEqual([]);
    });
  },
);
