import { describe, expect, it } from 'vitest';
import { formatValue, ProgressBar } from '../../src/callbacks/progress-bar.ts';

/** A bar that writes into a list, with a clock that the test moves. */
function setup(options: { target: number | null; verbose?: 1 | 2; terminal?: boolean }) {
  const written: string[] = [];
  const clock = { now: 100 };
  const bar = new ProgressBar({
    verbose: 1,
    terminal: true,
    ...options,
    write: (text) => written.push(text),
    now: () => clock.now,
  });
  return { bar, written, clock };
}

const B = (s: string) => `\x1b[1m${s}\x1b[0m`;
const bar = (done: number) =>
  `${done ? `\x1b[32m${'━'.repeat(done)}\x1b[0m` : ''}\x1b[37m${'━'.repeat(20 - done)}\x1b[0m`;

describe('ProgressBar', () => {
  it('draws Keras\u2019s line: counter, bar, time left, time a step, metrics', () => {
    const { bar: progress, written, clock } = setup({ target: 469 });
    clock.now += 2; // the first step compiles, and is left out of the mean
    progress.tick(1);
    progress.update(1, { accuracy: 0.25, loss: 2.25 });
    clock.now += 1;
    expect(progress.tick(101)).toBe(true);
    progress.update(101, { accuracy: 0.5, loss: 0.00012345 });
    const first = `${B('  1/469')} ${bar(0)} ${B('15:36')} 2s/step - accuracy: 0.2500 - loss: 2.2500`;
    const second = `${B('101/469')} ${bar(4)} ${B('3s')} 10ms/step - accuracy: 0.5000 - loss: 1.2345e-04`;
    expect(written).toEqual([`\r${first}`, `${'\b'.repeat(first.length - 3 * 4 - 5 - 2 * 4)}\r${second}`]);
  });

  it('ends with the time spent and a new line, and covers what was longer before', () => {
    const { bar: progress, written, clock } = setup({ target: 2 });
    progress.update(1, { loss: 123456.5 });
    clock.now += 1.4;
    progress.update(2, { loss: 1 }, true);
    expect(written[1]!.endsWith(`${B('2/2')} ${bar(20)} ${B('1s')} 700ms/step - loss: 1.0000  \n`)).toBe(true);
  });

  it('updates at most 20 times a second', () => {
    const { bar: progress, clock } = setup({ target: 1000 });
    let shown = 0;
    for (let i = 1; i <= 1000; i++) {
      clock.now += 0.001;
      if (!progress.tick(i)) continue;
      progress.update(i, {});
      shown++;
    }
    expect(shown).toBeGreaterThan(15);
    expect(shown).toBeLessThanOrEqual(21);
  });

  it('writes one line an epoch with verbose 2, and where the output is no terminal', () => {
    const two = setup({ target: 12, verbose: 2 });
    expect(two.bar.tick(1)).toBe(false);
    two.bar.update(1, { loss: 1 });
    two.clock.now += 6;
    two.bar.update(12, { loss: 0.5, val_loss: 0.25 }, true);
    expect(two.written).toEqual(['12/12 - 6s - 500ms/step - loss: 0.5000 - val_loss: 0.2500\n']);
    const file = setup({ target: 3, terminal: false });
    for (let i = 1; i <= 3; i++) if (file.bar.tick(i)) file.bar.update(i, {});
    file.bar.update(3, {}, true);
    expect(file.written).toHaveLength(1);
  });

  it('counts on where the number of steps is unknown', () => {
    const { bar: progress, written } = setup({ target: null });
    progress.update(7, {});
    expect(written[0]).toContain('      7/Unknown');
  });
});

it.each([
  [0.5, '0.5000'],
  [0.001, '1.0000e-03'],
  [-0.5, '-0.5000'],
  [1e-12, '1.0000e-12'],
  [0, '0.0000e+00'],
  [12345.678, '12345.6780'],
  [0.03125, '0.0312'],
  [0.09375, '0.0938'],
  [1.00005, '1.0001'],
  [-2.5, '-2.5000'],
  [Number.NaN, 'nan'],
  [Number.POSITIVE_INFINITY, 'inf'],
])('formats %s as %s', (value, text) => {
  expect(formatValue(value)).toBe(text);
});
