import { expect, it } from 'vitest';
import { Input, loadModel, Model, ops, tensor } from '../../src/index.ts';
import type { Tensor } from '../../src/trace/index.ts';

const values = tensor(
  Float32Array.from({ length: 18 }, (_, i) => Math.sin(i * 1.7) + (i % 4 === 0 ? 2 : 0)),
  [2, 9],
);
const square = (x: never): never => ops.reshape(x, [-1, 3, 3]) as never;

const functions: [string, (x: never) => unknown][] = [
  ['inv', (x) => ops.inv(square(x))],
  ['slogdet', (x) => ops.slogdet(square(x))],
  ['qr', (x) => ops.qr(square(x), 'complete')],
  ['svd without vectors', (x) => ops.svd(square(x), false, false)],
  ['solve', (x) => ops.solve(square(x), square(x))],
  ['norm', (x) => ops.norm(square(x), { ord: 'fro', axis: [1, 2] })],
  ['fft', (x) => ops.fft([x, x])],
  ['irfft', (x) => ops.irfft(ops.rfft(x) as never, 9)],
  ['stft', (x) => ops.stft(x, 4, 2, 4, { window: 'hamming' })],
  ['extractSequences', (x) => ops.extractSequences(x, 3, 2)],
];

it.each(functions)('%s stands in a functional model and in its file', async (_, f) => {
  const input = Input({ shape: [9] });
  const model = new Model({ inputs: input, outputs: f(input as never) as never });
  const expected = [f(values as never)].flat() as Tensor[];
  const again = (await loadModel(await model.save())) as Model;
  for (const m of [model, again]) {
    const got = [await m.predict<Tensor | Tensor[]>(values, { verbose: 0 })].flat();
    expect(got.map((t) => t.arraySync())).toEqual(expected.map((t) => t.arraySync()));
  }
});
