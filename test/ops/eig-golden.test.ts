import { describe, expect, it } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import { fromGolden, type GoldenTensor, golden } from './golden.ts';
import { expectNear } from './golden-cases.ts';

interface Case {
  readonly input: GoldenTensor;
  /** Real and imaginary parts, sorted by both, and the sizes of the vectors' elements: columns in that order. */
  readonly outputs: readonly [GoldenTensor, GoldenTensor, GoldenTensor];
}

const rounded = (x: number) => Math.round(x * 1000) / 1000;

describe('eig finds what Keras finds', () => {
  it.each(golden<Case>('eig').cases.map((c) => [c.input.shape.join(' x '), c] as const))('%s', (_, c) => {
    const n = c.input.shape.at(-1)!;
    const [w, v] = ops.eig(fromGolden(c.input));
    const [re, im, vr, vi] = [...w, ...v].map((t) => t.dataSync());
    const [sortedRe, sortedIm, sizes] = [
      new Float64Array(re!.length),
      new Float64Array(re!.length),
      new Float64Array(vr!.length),
    ];
    for (let first = 0; first < re!.length; first += n) {
      const order = Array.from({ length: n }, (_, i) => first + i).sort(
        (a, b) => rounded(re![a]!) - rounded(re![b]!) || rounded(im![a]!) - rounded(im![b]!),
      );
      order.forEach((from, i) => {
        sortedRe[first + i] = re![from]!;
        sortedIm[first + i] = im![from]!;
        for (let row = 0; row < n; row++) {
          const at = (first + row) * n;
          sizes[at + i] = Math.hypot(vr![at + from - first]!, vi![at + from - first]!);
        }
      });
    }
    expect(w[0].shape).toEqual(c.outputs[0].shape);
    expect(v[0].shape).toEqual(c.outputs[2].shape);
    expectNear(sortedRe, c.outputs[0], 1e-4, 'real parts');
    expectNear(sortedIm, c.outputs[1], 1e-4, 'imaginary parts');
    expectNear(sizes, c.outputs[2], 1e-3, 'sizes of the vectors');
  });
});
