import { expect } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import { gradient, Tensor, tensor } from '../../src/trace/index.ts';
import { camelOptions, fromGolden, type GoldenTensor, numbers } from './golden.ts';

/** A call of an operation in a golden file: arguments by position, options by name. */
export interface Case {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly options: Record<string, unknown>;
  readonly outputs: GoldenTensor[];
  readonly output_gradients?: (GoldenTensor | null)[];
  readonly gradients?: GoldenTensor[];
}

type Call = (...args: unknown[]) => unknown;

const isTensor = (x: unknown): x is GoldenTensor =>
  typeof x === 'object' && x !== null && !Array.isArray(x) && 'values' in x;

function argument(x: unknown, made: Tensor[]): unknown {
  if (isTensor(x)) {
    const t = x.dtype === 'int32' ? tensor(Int32Array.from(numbers(x)), x.shape) : fromGolden(x);
    made.push(t);
    return t;
  }
  return Array.isArray(x) ? x.map((v) => argument(v, made)) : x;
}

const camelName = (name: string): string => Object.keys(camelOptions({ [name]: 0 }))[0]!;

/** `ops.image.resize` for `image.resize`. */
function operation(name: string): Call {
  const found = name.split('.').reduce<unknown>((at, part) => (at as Record<string, unknown>)?.[camelName(part)], ops);
  if (typeof found !== 'function') expect.fail(`there is no ops.${name}`);
  return found as Call;
}

/** Every tensor in what an operation gives, real and imaginary parts included. */
export function listOf(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return Object.values(result as Record<string, unknown>).flatMap(listOf);
}

function run(c: Case): { inputs: Tensor[]; outputs: Tensor[] } {
  const inputs: Tensor[] = [];
  const args = c.args.map((x) => argument(x, inputs));
  const named = Object.fromEntries(Object.entries(c.options).map(([k, v]) => [k, argument(v, inputs)]));
  const options = c.op === 'rearrange' ? named : camelOptions(named);
  const result = operation(c.op)(...args, ...(Object.keys(options).length > 0 ? [options] : []));
  return { inputs, outputs: listOf(result) };
}

/** uint32 is what Keras sums uint8 in; int32 here. */
const dtypeOf = (t: GoldenTensor): string => (t.dtype === 'uint32' ? 'int32' : t.dtype);

export interface Tolerance {
  /** Relative to the largest finite number expected. */
  readonly rtol?: number;
  /** Whether 0 and -0 differ. */
  readonly signs?: boolean;
}

/** Values near to those of a file, relative to the largest finite one; with `signs`, 0 and -0 differ. */
export function expectNear(
  got: ArrayLike<number>,
  golden: GoldenTensor,
  rtol: number,
  what: string,
  signs = false,
): void {
  // The file has the shortest decimals that are these numbers in float32.
  const expected = golden.dtype.endsWith('float16') ? numbers(golden).map(Math.fround) : numbers(golden);
  const finite = expected.filter(Number.isFinite).map(Math.abs);
  const scale = golden.dtype === 'float32' ? rtol * finite.reduce((a, b) => Math.max(a, b), 1e-2) : 0;
  expect(got.length, what).toBe(expected.length);
  expected.forEach((e, i) => {
    const g = got[i]!;
    const near =
      Object.is(g, e) || (g === e && !(signs && e === 0)) || (!(g === 0 && e === 0) && Math.abs(g - e) <= scale);
    if (!near) expect.fail(`${what}, element ${i}: ${shown(g)} instead of ${shown(e)}`);
  });
}

const shown = (x: number): string => (Object.is(x, -0) ? '-0' : `${x}`);

export const title = (c: Case, i: number): string =>
  `${i} ${c.op}(${c.args.map((a) => (isTensor(a) ? `${a.dtype}[${a.shape}]` : Array.isArray(a) ? '[...]' : a)).join(', ')}) ${JSON.stringify(c.options)}`;

/** Dtypes, shapes and values as Keras gives them, and the gradients where the file has them. */
export function expectAsKeras(c: Case, { rtol = 1e-5, signs = false }: Tolerance = {}): void {
  const { inputs, outputs } = run(c);
  expect(outputs.map((t) => t.dtype)).toEqual(c.outputs.map(dtypeOf));
  expect(outputs.map((t) => t.shape)).toEqual(c.outputs.map((t) => t.shape));
  outputs.forEach((t, i) => {
    expectNear(t.dataSync(), c.outputs[i]!, rtol, `output ${i}`, signs);
  });
  if (c.gradients === undefined) return;
  // Once more, since tensors whose values were asked for are constants.
  const again = run(c);
  const weighted = again.outputs.flatMap((t, i) => {
    const w = c.output_gradients![i];
    return w ? [ops.sum(ops.multiply(t, fromGolden(w)))] : [];
  });
  const loss = weighted.reduce((a, b) => ops.add(a, b));
  const wrt = again.inputs.filter((t) => t.dtype === 'float32');
  expect(inputs.filter((t) => t.dtype === 'float32')).toHaveLength(c.gradients.length);
  gradient(loss, wrt).forEach((g, i) => {
    expectNear(g.dataSync(), c.gradients![i]!, 10 * rtol, `gradient ${i}`);
  });
}
