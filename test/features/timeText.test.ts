import { describe, expect, it } from 'vitest';
import { timeText } from '../../server/src/features/timeText.js';

const clock = { now: Date.UTC(2026, 10, 24, 10, 30), zone: 'Europe/Berlin' };
const text = (section: string, key: string, value: string) =>
  timeText(section, key, section === 'Timer' ? 'timer' : 'service', value, clock);

describe('time in hovers', () => {
  it.each([
    ['daily', '**every day at 00:00**', '*-*-* 00:00:00', 'Next: Wed, 25 Nov 2026, 00:00:00'],
    ['Mon..Fri 3:30', '**Mon..Fri at 03:30**', 'Mon..Fri *-*-* 03:30:00', 'Next: Wed, 25 Nov 2026, 03:30:00'],
    ['*:0/15', '**every 15 minutes**', '*-*-* *:00/15:00', 'Next: Tue, 24 Nov 2026, 11:45:00'],
    ['*-*-01 04:00 UTC', '**day 1 of every month at 04:00**', '*-*-01 04:00:00 UTC', 'Next: Tue, 1 Dec 2026, 04:00:00'],
    ['2020-01-01', '', '2020-01-01 00:00:00', 'Never due again.'],
  ])('tells what %s means', (value, words, form, next) => {
    const shown = text('Timer', 'OnCalendar', value) ?? '';
    expect(shown.startsWith(words)).toBe(true);
    expect(shown).toContain(`\`${form}\``);
    expect(shown).toContain(next);
  });

  it('tells a span in seconds, and is silent about what systemd refuses', () => {
    expect(text('Service', 'RestartSec', '1h 30')).toBe('**1h 30s**, 3630 s');
    expect(text('Service', 'TimeoutStartSec', 'infinity')).toContain('forever');
    expect(text('Service', 'RestartSec', 'soon')).toBeUndefined();
    expect(text('Timer', 'OnCalendar', '25:00')).toBeUndefined();
    expect(text('Service', 'ExecStart', '5')).toBeUndefined();
  });
});
