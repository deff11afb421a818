/** Manual pages as this machine has them. */
import { describe, expect, it } from 'vitest';
import { hasManual, manualText } from '../../server/src/host/node/manuals.js';

describe('manual pages', () => {
  it('are looked for by name and section, and by nothing else', async () => {
    expect(hasManual('no-such-page(5)')).toBe(false);
    expect(hasManual('--help')).toBe(false);
    expect(await manualText('--help')).toBeUndefined();
    expect(await manualText('no-such-page(5)')).toBeUndefined();
  });

  it.skipIf(!hasManual('systemd.exec(5)'))('come without overstrikes and colours', async () => {
    const text = (await manualText('systemd.exec(5)'))!;
    expect(text).toContain('WorkingDirectory=');
    expect(/[\u0008\u001b]/.test(text)).toBe(false);
  });
});
