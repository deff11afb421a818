import { beforeAll, describe, expect, it } from 'vitest';
import { hostPath } from '../../server/src/base/hostPath.js';
import { hardeningOf, hardeningReport } from '../../server/src/features/hardening.js';
import { parseUnit } from '../../server/src/syntax/unitDocument.js';
import { dropInText } from '../../server/src/systemd/security/suggestions.js';
import { parseUnitName } from '../../server/src/systemd/unitName.js';
import { grammars } from '../fixture/deployment.js';

const FOLDER = '/etc/systemd/system/app.service';
function unit(text: string, dropIn?: string) {
  const dropIns = dropIn === undefined ? [] : [parseUnit(hostPath(`${FOLDER}.d/hardening.conf`), dropIn)];
  return { name: parseUnitName('app.service')!, fragment: parseUnit(hostPath(FOLDER), text), dropIns };
}

const APP = '[Service]\nUser=app\nWorkingDirectory=/srv/app\nExecStart=/srv/app/venv/bin/gunicorn app.wsgi\n';
const keys = (text: string, risk: string) =>
  hardeningOf(unit(text), { version: 252 })
    .suggestions.filter((it) => it.risk === risk)
    .map((it) => it.key);

describe('hardening', () => {
  beforeAll(grammars);

  it('promises what the drop-in then brings', () => {
    const before = hardeningOf(unit(APP), { version: 252 });
    expect(`${before.exposure.text} ${before.exposure.level}`).toBe('9.2 UNSAFE');
    const safe = before.suggestions.filter((it) => it.risk === 'safe');
    const after = hardeningOf(unit(APP, dropInText(safe)), { version: 252 });
    expect(after.exposure.tenths).toBe(before.after.tenths);
    expect(after.exposure.tenths).toBeLessThan(35);
    expect(after.suggestions.filter((it) => it.risk === 'safe')).toEqual([]);
  });

  it('calls breaking what hides the app or its socket', () => {
    expect(keys(APP, 'safe')).toContain('ProtectHome');
    expect(keys(APP.replaceAll('/srv', '/home/me'), 'breaking')).toContain('ProtectHome');
    expect(keys(`${APP.trimEnd()} --bind unix:/tmp/app.sock\n`, 'breaking')).toContain('PrivateTmp');
    expect(keys(APP.replace('User=app\n', ''), 'breaking')).toContain('CapabilityBoundingSet');
  });

  it('leaves alone what somebody has chosen', () => {
    const chosen = `${APP}SystemCallFilter=@basic-io\nCapabilityBoundingSet=CAP_KILL\nProtectSystem=strict\n`;
    expect(keys(chosen, 'safe')).not.toEqual(expect.arrayContaining(['SystemCallFilter']));
    expect(keys(chosen, 'safe')).not.toEqual(expect.arrayContaining(['CapabilityBoundingSet']));
    expect(keys(chosen, 'safe')).not.toEqual(expect.arrayContaining(['ProtectSystem']));
  });

  it('reports in Markdown', () => {
    expect(hardeningReport(hardeningOf(unit(APP), { version: 252 }))).toMatch(
      /^# app\.service: exposure 9\.2 UNSAFE\n\nWith the safe ones/,
    );
  });
});
