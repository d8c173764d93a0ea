import { afterEach, expect, it, vi } from 'vitest';
import { Dense, Input } from '../../src/layers/index.ts';
import { Sequential } from '../../src/models/index.ts';
import { saveModelToBytes } from '../../src/saving/index.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

const model = (units: number, more = 0) =>
  new Sequential([
    Input({ shape: [3] }),
    new Dense(4, { name: 'body' }),
    new Dense(units, { name: 'head' }),
    ...Array.from({ length: more }, (_, i) => new Dense(2, { name: `more_${i}` })),
  ]);

it('weights go where they fit with skipMismatch, and the others are named', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const old = model(5);
  const file = await saveModelToBytes(old);
  const next = model(2, 1);
  const before = next.getWeights().map((w) => w.dataSync());
  await expect(next.loadWeights(file)).rejects.toThrow(/shape/);
  expect(next.getWeights().map((w) => w.dataSync())).toEqual(before);

  await next.loadWeights(file, { skipMismatch: true });
  const after = next.getWeights().map((w) => w.dataSync());
  expect(after.slice(0, 2)).toEqual(
    old
      .getWeights()
      .slice(0, 2)
      .map((w) => w.dataSync()),
  );
  expect(after.slice(2)).toEqual(before.slice(2));
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]![0]).toMatch(/some layers keep their weights: .*head.*more_0/);

  warn.mockClear();
  const same = model(5);
  await same.loadWeights(file, { skipMismatch: true });
  expect(same.getWeights().map((w) => w.dataSync())).toEqual(old.getWeights().map((w) => w.dataSync()));
  expect(warn).not.toHaveBeenCalled();
  await expect(same.loadWeights(file, { skipMissmatch: true } as object)).rejects.toThrow(
    /Did you mean 'skipMismatch'/,
  );
});
