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
function expectNear(got: Tensor, expected: GoldenTensor, tolerance: number, what: string): void {
  expect(got.shape, `${what}: shape`).toEqual(expected.shape);
  const values = numbers(expected);
  const bound = tolerance * Math.max(1e-6, ...values.filter(Number.isFinite).map(Math.abs));
  got.dataSync().forEach((g, i) => {
    const e = values[i]!;
    if (!(Object.is(g, e) || g === e || Math.abs(g - e) <= bound))
      expect.fail(`${what}, element ${i}: ${g} instead of ${e}`);
  });
}

/** Values and gradients of one case as Keras has them. */
export function checkCase(c: DecompositionCase, run: Run, tolerance = 1e-5, slopes = 10 * tolerance): void {
  const inputs = c.inputs.map(fromGolden);
  const options = Object.fromEntries(
    Object.entries(camelOptions(c.options)).map(([k, v]) => [
      k,
      v === 'inf' || v === '-inf' ? Number(`${v}inity`.replace('inf', 'Inf')) : v,
    ]),
  );
  const outputs = [run(inputs, c.args as never[], options)].flat() as Tensor[];
  expect(outputs.length).toBe(c.outputs.length);
  // Before values are read: they take the place of what they were computed from.
  const terms = outputs.flatMap((y, i) => {
    const weights = c.output_gradients?.[i];
    return weights ? [ops.sum(ops.multiply(y, fromGolden(weights)))] : [];
  });
  const slopesFound =
    terms.length === 0
      ? []
      : gradient(
          terms.reduce((a, b) => ops.add(a, b)),
          inputs,
        );
  outputs.forEach((y, i) => {
    expectNear(y, c.outputs[i]!, tolerance, `${c.name}, result ${i}`);
  });
  slopesFound.forEach((g, i) => {
    expectNear(g, c.input_gradients![i]!, slopes, `${c.name}, gradient ${i}`);
  });
}
