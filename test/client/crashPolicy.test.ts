import { describe, expect, it } from 'vitest';
import { CrashPolicy } from '../../client/src/crashPolicy.js';
import { statusText } from '../../client/src/serverState.js';

describe('restarts after crashes', () => {
  it('gives up at the fourth crash within three minutes', () => {
    let now = 0;
    const policy = new CrashPolicy(3, 180_000, () => now);
    const answers = [0, 10, 20, 30].map((seconds) => {
      now = seconds * 1000;
      return policy.crashed();
    });
    expect(answers).toEqual([true, true, true, false]);
  });

  it('goes on for ever when crashes are rare', () => {
    let now = 0;
    const policy = new CrashPolicy(3, 180_000, () => now);
    for (let crash = 0; crash < 20; crash++) {
      expect(policy.crashed()).toBe(true);
      now += 61_000;
    }
  });

  it('starts counting anew when a person restarts the server', () => {
    const policy = new CrashPolicy(1, 180_000, () => 0);
    expect([policy.crashed(), policy.crashed()]).toEqual([true, false]);
    policy.reset();
    expect(policy.crashed()).toBe(true);
  });
});

describe('the status item', () => {
  it('offers a restart exactly when the server is not up', () => {
    expect(statusText({ kind: 'starting' })).toMatchObject({ busy: true, error: false, restart: false });
    expect(statusText({ kind: 'ready', version: '1.2.3' })).toMatchObject({
      busy: false,
      error: false,
      restart: false,
    });
    expect(statusText({ kind: 'stopped' })).toMatchObject({ busy: false, error: false, restart: true });
    expect(statusText({ kind: 'failed', reason: 'x' })).toMatchObject({ busy: false, error: true, restart: true });
  });

  it('says which version answers, and why it failed', () => {
    expect(statusText({ kind: 'ready', version: '1.2.3' }).detail).toContain('1.2.3');
    expect(statusText({ kind: 'failed', reason: 'no such file' }).detail).toBe('no such file');
  });
});
