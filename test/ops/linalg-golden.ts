import { expect } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import { gradient, type Tensor } from '../../src/trace/index.ts';
import { camelOptions, fromGolden, type GoldenTensor, numbers } from './golden.ts';

export interface DecompositionCase {
  readonly name: string;
  readonly op: string;
  readonly args: unknown[];
  readonly options: Record<string, unknown>;
  readonly inputs: GoldenTensor[];
  readonly outputs: GoldenTensor[];
  readonly output_gradients?: (GoldenTensor | null)[];
  readonly input_gradients?: GoldenTensor[];
}

export type Run = (inputs: Tensor[], args: never[], options: Record<string, unknown>) => Tensor | readonly Tensor[];

/** Differences relative to the largest expected value. */
function expectNear(got: ArrayLike<number>, expected: readonly number[], tolerance: number, what: string): void {
  const bound = tolerance * Math.max(1e-6, ...expected.filter(Number.isFinite).map(Math.abs));
  expected.forEach((e, i) => {
    const g = got[i]!;
    if (!(Object.is(g, e) || g === e || Math.abs(g - e) <= bound))
      expect.fail(`${what}, element ${i}: ${g} instead of ${e}`);
  });
}

/** Infinities are strings in the files. */
const option = (v: unknown): unknown =>
  v === 'inf' ? Number.POSITIVE_INFINITY : v === '-inf' ? Number.NEGATIVE_INFINITY : v;

/** Values and gradients of one case as Keras has them, all computed by one program. */
export function checkCase(c: DecompositionCase, run: Run, tolerance = 1e-5, slopes = 10 * tolerance): void {
  const inputs = c.inputs.map(fromGolden);
  const options = Object.fromEntries(Object.entries(camelOptions(c.options)).map(([k, v]) => [k, option(v)]));
  const outputs = [run(inputs, c.args as never[], options)].flat() as Tensor[];
  expect(outputs.map((y) => y.shape)).toEqual(c.outputs.map((y) => y.shape));
  const terms = outputs.flatMap((y, i) => {
    const weights = c.output_gradients?.[i];
    return weights ? [ops.sum(ops.multiply(y, fromGolden(weights)))] : [];
  });
  const gradients =
    terms.length === 0
      ? []
      : gradient(
          terms.reduce((a, b) => ops.add(a, b)),
          inputs,
        );
  const all = [...outputs, ...gradients];
  const data = ops.concatenate(all.map((y) => ops.ravel(ops.cast(y, 'float32')))).dataSync();
  let at = 0;
  const next = (size: number) => {
    at += size;
    return data.subarray(at - size, at);
  };
  outputs.forEach((y, i) => {
    expectNear(next(y.size), numbers(c.outputs[i]!), tolerance, `${c.name}, result ${i}`);
  });
  gradients.forEach((g, i) => {
    expectNear(next(g.size), numbers(c.input_gradients![i]!), slopes, `${c.name}, gradient ${i}`);
  });
}
