import { describe, expect, it } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import { gradient, Tensor, tensor } from '../../src/trace/index.ts';
import { camelOptions, fromGolden, type GoldenTensor, golden, numbers } from './golden.ts';

interface Case {
  readonly op: string;
  readonly args: readonly unknown[];
  readonly options: Record<string, unknown>;
  readonly outputs: GoldenTensor[];
  readonly output_gradients?: GoldenTensor[];
  readonly gradients?: GoldenTensor[];
}

const { cases } = golden<Case>('ops_numpy');

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

function listOf(result: unknown): Tensor[] {
  if (result instanceof Tensor) return [result];
  return Object.values(result as Record<string, Tensor>);
}

function run(c: Case): { inputs: Tensor[]; outputs: Tensor[] } {
  const inputs: Tensor[] = [];
  const f = (ops as unknown as Record<string, (...args: unknown[]) => unknown>)[camelName(c.op)]!;
  const args = c.args.map((x) => argument(x, inputs));
  const options = c.op === 'rearrange' ? c.options : camelOptions(c.options);
  return { inputs, outputs: listOf(f(...args, ...(Object.keys(options).length > 0 ? [options] : []))) };
}

const camelName = (name: string): string => Object.keys(camelOptions({ [name]: 0 }))[0]!;

/** uint32 is what Keras sums uint8 in; int32 here. */
const dtypeOf = (t: GoldenTensor): string => (t.dtype === 'uint32' ? 'int32' : t.dtype);

function expectNear(got: ArrayLike<number>, golden: GoldenTensor, rtol: number, what: string): void {
  const expected = numbers(golden);
  const finite = expected.filter(Number.isFinite).map(Math.abs);
  const scale = golden.dtype === 'float32' ? rtol * Math.max(1e-2, ...finite) : 0;
  expect(got.length, what).toBe(expected.length);
  expected.forEach((e, i) => {
    const g = got[i]!;
    const close = Object.is(g, e) || g === e || Math.abs(g - e) <= scale + rtol * Math.abs(e);
    if (!close) expect.fail(`${what}, element ${i}: ${g} instead of ${e}`);
  });
}

const title = (c: Case, i: number) =>
  `${i} ${c.op}(${c.args.map((a) => (isTensor(a) ? `${a.dtype}[${a.shape}]` : Array.isArray(a) ? '[...]' : a)).join(', ')}) ${JSON.stringify(c.options)}`;

describe('operations compute what Keras does', () => {
  it.each(cases.map((c, i) => [title(c, i), c] as const))('%s', (_, c) => {
    const { inputs, outputs } = run(c);
    expect(outputs.map((t) => t.dtype)).toEqual(c.outputs.map(dtypeOf));
    expect(outputs.map((t) => t.shape)).toEqual(c.outputs.map((t) => t.shape));
    outputs.forEach((t, i) => {
      expectNear(t.dataSync(), c.outputs[i]!, 1e-5, `output ${i}`);
    });
    if (c.gradients === undefined) return;
    // Once more, since tensors whose values were asked for are constants.
    const again = run(c);
    const loss = again.outputs
      .map((t, i) => ops.sum(ops.multiply(t, fromGolden(c.output_gradients![i]!))))
      .reduce((a, b) => ops.add(a, b));
    const wrt = again.inputs.filter((t) => t.dtype === 'float32');
    expect(inputs.filter((t) => t.dtype === 'float32')).toHaveLength(c.gradients.length);
    gradient(loss, wrt).forEach((g, i) => {
      expectNear(g.dataSync(), c.gradients![i]!, 1e-4, `gradient ${i}`);
    });
  });
});
