import { describe, expect, it } from 'vitest';
import * as ops from '../../src/ops/index.ts';
import { gradient, type Tensor, tensor } from '../../src/trace/index.ts';
import { fromGolden, type GoldenTensor, golden } from './golden.ts';
import { expectNear, listOf } from './golden-cases.ts';

interface Case {
  readonly program: string;
  readonly inputs: GoldenTensor[];
  readonly outputs: GoldenTensor[];
  readonly output_gradients?: (GoldenTensor | null)[];
  readonly gradients?: GoldenTensor[];
}

type Program = (...inputs: Tensor[]) => unknown;

/** x squared, with twice the derivative that it has. */
const doubled = ops.customGradient((x: Tensor) => [
  ops.square(x),
  (upstream: Tensor) => ops.multiply(ops.multiply(upstream, 4), x),
]) as (x: Tensor) => Tensor;

const decay = ([carry]: Tensor[], [x]: Tensor[]) => {
  const next = ops.add(ops.multiply(carry!, 0.5), x!);
  return { carry: [next], outputs: [ops.sin(next)] };
};

/** The programs of conformance/goldens/ops_control.py. */
const PROGRAMS: Record<string, Program> = {
  'cond true': (x) =>
    ops.cond(
      true,
      () => ops.sin(x),
      () => ops.multiply(x, 2),
    ),
  'cond false': (x) =>
    ops.cond(
      ops.greater(ops.sum(x), 100),
      () => ops.sin(x),
      () => ops.multiply(x, 2),
    ),
  'cond guards': (x) =>
    ops.cond(
      ops.less(ops.max(x), 0),
      () => ops.sqrt(x),
      () => ops.add(x, 1),
    ),
  'switch 0': (i, x) => ops.switch(i, [(v: Tensor) => ops.multiply(v, 2), ops.sin, ops.cos], x),
  'switch beyond': (i, x) => ops.switch(i, [(v: Tensor) => ops.multiply(v, 2), ops.sin, ops.cos], x),
  'switch negative': (i, x) => ops.switch(i, [(v: Tensor) => ops.multiply(v, 2), ops.sin], x),
  while_loop: (x) =>
    ops.whileLoop(
      (i: Tensor, _v: Tensor) => ops.less(i, 4),
      (i: Tensor, v: Tensor) => [ops.add(i, 1), ops.add(ops.multiply(v, 0.5), 1)],
      [tensor(Int32Array.of(0), []), x],
    ),
  'while_loop at most': (x) =>
    ops.whileLoop(
      (v: Tensor) => ops.less(ops.sum(v), 100),
      (v: Tensor) => ops.multiply(v, 2),
      x,
      { maximumIterations: 3 },
    ),
  'while_loop never': (x) =>
    ops.whileLoop(
      (v: Tensor) => ops.greater(ops.sum(v), 100),
      (v: Tensor) => ops.multiply(v, 2),
      x,
    ),
  fori_loop: (x) => ops.foriLoop(1, 4, (i, v: Tensor) => ops.add(ops.multiply(v, ops.cast(i, 'float32')), 1), x),
  'fori_loop empty': (x) => ops.foriLoop(3, 3, (_, v: Tensor) => ops.multiply(v, 2), x),
  scan: (c, x) => ops.scan(decay, [c], [x]),
  'scan reverse': (c, x) => ops.scan(decay, [c], [x], { reverse: true }),
  'scan length': (c) => ops.scan(([v]) => ({ carry: [ops.multiply(v!, 0.5)], outputs: [v!] }), [c], [], { length: 3 }),
  'scan structures': (c, a, b) =>
    ops.scan(
      ([total, count], [p, q]) => ({
        carry: [ops.add(total!, ops.multiply(p!, q!)), ops.add(count!, 1)],
        outputs: [total!],
      }),
      [c, ops.zeros([])],
      [a, b],
    ),
  associative_scan: (x) => ops.associativeScan(ops.add, x),
  'associative_scan reverse': (x) => ops.associativeScan(ops.multiply, x, { reverse: true, axis: 1 }),
  'associative_scan pairs': (a, b) =>
    ops.associativeScan(
      ([a0, a1]: Tensor[], [b0, b1]: Tensor[]) => [ops.multiply(a0!, b0!), ops.add(ops.multiply(a1!, b0!), b1!)],
      [a, b],
    ),
  'associative_scan one': (x) => ops.associativeScan(ops.add, x),
  map: (x) => ops.map((v) => ops.multiply(ops.sum(v), v), x),
  vectorized_map: (x) => ops.vectorizedMap((v: Tensor) => ops.multiply(v, ops.max(v)), x),
  vectorize: (x, y) =>
    ops.vectorize((a: Tensor, b: Tensor) => ops.tensordot(a, b, 1), { signature: '(n),(n)->()' })(x, y),
  'vectorize scalars': (x, y) => ops.vectorize((a: Tensor, b: Tensor) => ops.add(ops.multiply(a, b), 1))(x, y),
  custom_gradient: (x) => doubled(x),
  stop_gradient: (x) => ops.multiply(x, ops.stopGradient(ops.multiply(x, x))),
  jvp: (x, t) => ops.jvp((v: Tensor) => ops.multiply(ops.sin(v), ops.sum(v)), [x], [t]),
  'jvp two': (x, y, t) => ops.jvp((a: Tensor, b: Tensor) => ops.matmul(a, b), [x, y], [t, y]),
};

function run(c: Case): { inputs: Tensor[]; outputs: Tensor[] } {
  const inputs = c.inputs.map(fromGolden);
  const program = PROGRAMS[c.program];
  if (program === undefined) expect.fail(`the program '${c.program}' is missing here`);
  return { inputs, outputs: listOf(program(...inputs)) };
}

describe('operations that take functions do what Keras does', () => {
  const { cases } = golden<Case>('ops_control');

  it.each(cases.map((c) => [c.program, c] as const))('%s', (_, c) => {
    const { outputs } = run(c);
    expect(outputs.map((t) => [t.dtype, t.shape])).toEqual(c.outputs.map((t) => [t.dtype, t.shape]));
    outputs.forEach((t, i) => {
      expectNear(t.dataSync(), c.outputs[i]!, 1e-5, `output ${i}`);
    });
    if (c.gradients === undefined) return;
    const again = run(c);
    const weighted = again.outputs.flatMap((t, i) => {
      const w = c.output_gradients![i];
      return w ? [ops.sum(ops.multiply(t, fromGolden(w)))] : [];
    });
    const loss = weighted.reduce((a, b) => ops.add(a, b));
    gradient(
      loss,
      again.inputs.filter((t) => t.dtype === 'float32'),
    ).forEach((g, i) => {
      expectNear(g.dataSync(), c.gradients![i]!, 1e-4, `gradient ${i}`);
    });
  });

  it('has a program for each case, and a case for each program', () => {
    expect(Object.keys(PROGRAMS).sort()).toEqual(cases.map((c) => c.program).sort());
  });
});
