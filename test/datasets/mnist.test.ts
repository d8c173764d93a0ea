import { expect, test } from 'vitest';
import { readIdx } from '../../src/datasets/idx.ts';
import { mnist } from '../../src/datasets/index.ts';

test('MNIST has the images and labels of the original files', async () => {
  const [[xTrain, yTrain], [xTest, yTest]] = await mnist.loadData();
  expect([xTrain, yTrain, xTest, yTest].map((t) => `${t.dtype} ${t.shape}`)).toEqual([
    'uint8 60000,28,28',
    'uint8 60000',
    'uint8 10000,28,28',
    'uint8 10000',
  ]);
  const labels = Array.from(yTrain.dataSync());
  const counts = (digit: number) => labels.filter((label) => label === digit).length;
  // The numbers of each digit, as published with the data.
  expect(Array.from({ length: 10 }, (_, d) => counts(d))).toEqual([
    5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949,
  ]);
  expect(Array.from(yTest.dataSync().subarray(0, 10))).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9]);
  // The mean that everybody's normalization uses: 0.1307 of 255.
  const pixels = xTrain.dataSync();
  let sum = 0;
  for (let i = 0; i < pixels.length; i++) sum += pixels[i]!;
  expect(sum / pixels.length / 255).toBeCloseTo(0.1307, 4);
});

/** An IDX file of unsigned bytes. */
function idx(shape: readonly number[], size: number): Uint8Array {
  const file = new Uint8Array(4 + 4 * shape.length + size);
  file.set([0, 0, 8, shape.length]);
  shape.forEach((n, i) => {
    new DataView(file.buffer).setUint32(4 + 4 * i, n);
  });
  return file.fill(7, 4 + 4 * shape.length);
}

test('IDX files give shape and bytes', () => {
  const { shape, data } = readIdx(idx([2, 3], 6), 'file');
  expect(shape).toEqual([2, 3]);
  expect(Array.from(data)).toEqual([7, 7, 7, 7, 7, 7]);
});

test.each([
  ['no IDX file', new Uint8Array([1, 2, 8, 1, 0, 0, 0, 0]), 'must begin with 0, 0'],
  ['an empty file', new Uint8Array(0), 'must begin with 0, 0'],
  ['floats', new Uint8Array([0, 0, 13, 1, 0, 0, 0, 0]), 'got elements of type 13'],
  ['a header that is cut', new Uint8Array([0, 0, 8, 255, 0, 0]), 'the sizes of 255 axes do not fit'],
  ['data that is cut', idx([2, 3], 5), 'needs 6 bytes after the header, got 5'],
  ['bytes that are too many', idx([2, 3], 7), 'needs 6 bytes after the header, got 7'],
  ['sizes that overflow', idx([2 ** 31, 2 ** 31, 2 ** 31], 6), 'after the header, got 6'],
])('%s is refused', (_, bytes, message) => {
  expect(() => readIdx(bytes, 'file')).toThrow(message);
});
