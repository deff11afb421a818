/** Comments that silence rules, in nginx files and units; and files that are read in several places. */
import { beforeAll, describe, expect, it } from 'vitest';
import { codeActions } from '../../server/src/features/codeActions.js';
import { DEFAULT_CHECKS, FindingsMemory } from '../../server/src/features/diagnostics.js';
import { findings, grammars, load, pathOf } from '../fixture/deployment.js';

beforeAll(grammars);

const host = (path: string, text: string) => load({ files: [{ path, text, attributes: {} }], absent: [] });
const said = (path: string, text: string) =>
  findings(host(path, text)).map(
    ({ finding, shown }) => `${shown.range.start.line + 1} ${finding.rule} ${finding.messageId}`,
  );

const SITE = 'etc/nginx/conf.d/app.conf';

describe('throughline-ignore', () => {
  it('silences the next line and its own line, for the rules that it names', () => {
    expect(said(SITE, 'server {\n    error_log off;\n}\n')).toEqual(['2 nginx/error-log-off file']);
    expect(
      said(
        SITE,
        'server {\n    # throughline-ignore nginx/error-log-off: on purpose\n\n    # and\n    error_log off;\n}\n',
      ),
    ).toEqual([]);
    expect(
      said(SITE, 'server {\r\n    error_log off; # throughline-ignore nginx/error-log-off: on purpose\r\n}\r\n'),
    ).toEqual([]);
  });

  it('reports names that no rule has, and comments that are not needed', () => {
    expect(said(SITE, 'server {\n    # throughline-ignore nginx/error-log-of: x\n    error_log off;\n}\n')).toEqual([
      '2 throughline/ignore unknown',
      '3 nginx/error-log-off file',
    ]);
    expect(said(SITE, 'server {\n    # throughline-ignore nginx/error-log-off: x\n    error_log on;\n}\n')).toEqual([
      '2 throughline/ignore unused',
    ]);
  });

  it('asks for a reason where none is given', () => {
    const text = 'server {\n    # throughline-ignore nginx/error-log-off\n    error_log off;\n}\n';
    expect(said(SITE, text)).toEqual(['2 throughline/ignore unreasoned']);
    const [found] = findings(host(SITE, text));
    expect(found!.finding.severity).toBe('hint');
    expect(found!.shown.fixes[0]!.edits[0]).toMatchObject({ newText: ': reason' });
    expect(said(SITE, text.replace('log-off\n', 'log-off:\n'))).toEqual(['2 throughline/ignore unreasoned']);
    expect(said(SITE, text.replace('log-off\n', 'log-off: on purpose\n'))).toEqual([]);
  });

  it('takes several rules, and is a comment only where the program sees one', () => {
    expect(
      said(
        SITE,
        'server {\n    # throughline-ignore nginx/error-log-off, nginx/unknown-directive: both\n    error_log off; nonsense_here on;\n}\n',
      ),
    ).toEqual([]);
    expect(said(SITE, 'server {\n    return 200 "# throughline-ignore nginx/none: x";\n}\n')).toEqual([]);
  });

  it('works in units', () => {
    const unit =
      '[Service]\n# throughline-ignore systemd/unknown-key: of a fork\nFrobnicateMe=1\nExecStart=/bin/true\n';
    expect(said('etc/systemd/system/a.service', unit).filter((it) => /unknown-key|ignore/.test(it))).toEqual([]);
  });

  it('is offered as a quick fix that does what it says', () => {
    const text = 'server {\n    error_log off;\n}\n';
    const loaded = host(SITE, text);
    const actions = loaded.settle((snapshot) =>
      codeActions(snapshot, pathOf(SITE), { start: 24, end: 24 }, new FindingsMemory(), DEFAULT_CHECKS),
    );
    const action = actions.find((it) => it.fix.title === 'Ignore nginx/error-log-off here')!;
    const edit = action.fix.edits[0]!;
    expect(edit.range).toEqual({ start: { line: 1, character: 0 }, end: { line: 1, character: 0 } });
    const lines = text.split('\n');
    lines.splice(1, 0, edit.newText.replace(/\n$/, ''));
    expect(said(SITE, lines.join('\n'))).toEqual([]);
    expect(action.isPreferred).toBe(false);
  });
});

describe('a file that is read in several places', () => {
  const files = [
    ['etc/nginx/nginx.conf', 'events {}\nhttp {\n    include conf.d/*.conf;\n}\n'],
    ['etc/nginx/conf.d/a.conf', 'server {\n    include snippets/x.conf;\n}\n'],
    [
      'etc/nginx/conf.d/b.conf',
      'server {\n    listen 81;\n    location /a {\n        include snippets/x.conf;\n    }\n}\n',
    ],
    ['etc/nginx/snippets/x.conf', 'listen 82;\nfrobnicate on;\n'],
  ].map(([path, text]) => ({ path: path!, text: text!, attributes: {} }));

  it('says where what is wrong in some places only is wrong', () => {
    const found = findings(load({ files, absent: [] }));
    const of = (rule: string) =>
      found.filter(({ finding }) => finding.rule === rule).map(({ finding }) => finding.message);
    expect(of('nginx/misplaced-directive')).toEqual([
      expect.stringMatching(/\(As included from \/etc\/nginx\/conf\.d\/b\.conf\.\)$/),
    ]);
    expect(of('nginx/unknown-directive')).toEqual([expect.not.stringContaining('As included from')]);
  });
});
