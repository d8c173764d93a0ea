import { describe, expect, it } from 'vitest';
import { grad, Input, layers, Model, ops as publicOps, valueAndGrad } from '../../src/index.ts';
import * as ops from '../../src/ops/index.ts';
import { compileFunction } from '../../src/trace/function.ts';
import { gradient, type Tensor, tensor, Variable } from '../../src/trace/index.ts';
import { expectClose, values } from './helpers.ts';

/** The value, and the gradient clipped to [-1, 1]. */
const clipped = ops.customGradient((x) => [ops.multiply(x, 10), (up) => ops.clip(ops.multiply(up, 10), -1, 1)]);

describe('customGradient', () => {
  it('changes the gradient and not the value', () => {
    const x = tensor([1, 2]);
    const y = clipped(x);
    expect(values(y)).toEqual([10, 20]);
    const again = clipped(x);
    expect(values(gradient(ops.sum(ops.multiply(again, [0.05, 3])), [x])[0]!)).toEqual([0.5, 1]);
  });

  it('log(1 + e^x) without overflow, also in a compiled step, twice differentiated', () => {
    const f = ops.customGradient((x) => {
      const e = ops.exp(x);
      return [ops.log(ops.add(1, e)), (up) => ops.multiply(up, ops.subtract(1, ops.divide(1, ops.add(1, e))))];
    });
    const program = compileFunction(
      (x) => {
        const [first] = gradient(ops.sum(f(x)), [x]);
        return [first!, ...gradient(ops.sum(first!), [x])];
      },
      [{ shape: [3], dtype: 'float32' }],
    );
    program.input(0).set([0, 2, 100]);
    program.run();
    const s = (v: number) => 1 / (1 + Math.exp(-v));
    expectClose(program.output(0), [0.5, s(2), 1]);
    expectClose(program.output(1).subarray(0, 2), [0.25, s(2) * (1 - s(2))]);
    program.dispose();
  });

  it('of several arguments, several results, and integers', () => {
    const f = ops.customGradient<readonly Tensor[]>((x, y, n) => [
      [ops.multiply(x, y), ops.add(x, n)],
      (a, b) => [ops.add(a, ops.multiply(b, 100)), ops.sum(b), 0],
    ]);
    const [x, y, n] = [tensor([1, 2]), tensor(3), tensor([4, 5], undefined, 'int32')];
    const [p, q] = f(x, y, n) as [Tensor, Tensor];
    expect([values(p), values(q)]).toEqual([
      [3, 6],
      [5, 7],
    ]);
    const [r, s] = f(x, y, n) as [Tensor, Tensor];
    const loss = ops.add(ops.sum(ops.multiply(r, [1, 2])), ops.sum(ops.multiply(s, [3, 4])));
    const [dx, dy] = gradient(loss, [x, y]);
    expect([values(dx!), values(dy!)]).toEqual([[301, 402], [7]]);
  });

  it('inside of a loop', () => {
    const x = tensor([1, 1, 1]);
    const { outputs } = ops.scan((_, [row]) => ({ carry: [], outputs: [ops.multiply(clipped(row!), row!)] }), [], [x]);
    // 10 x^2: the factor's own gradient is 10 x, that through the function is cut to 1.
    expect(values(gradient(ops.sum(outputs[0]!), [x])[0]!)).toEqual([11, 11, 11]);
    const k = tensor([2]);
    const carried = ops.foriLoop(0, 3, (_, v: Tensor) => ops.add(clipped(v), k), tensor([1])) as Tensor;
    expect(values(gradient(ops.sum(carried), [k])[0]!)).toEqual([3]);
  });

  it('in a layer that is trained', async () => {
    class Reversed extends layers.Layer {
      static override className = 'Reversed';
      override call(x: Tensor) {
        return ops.customGradient((v) => [v, (up) => ops.negative(up)])(x);
      }
    }
    const x = Input({ shape: [1] });
    const hidden = new layers.Dense(1, { useBias: false, kernelInitializer: 'ones' });
    const model = new Model({ inputs: x, outputs: new Reversed().apply(hidden.apply(x)) as never });
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    await model.fit(tensor([[1]]), tensor([[0]]), { epochs: 1, verbose: 0 });
    // The gradient 2 turned round: 1 + 0.01 * 2.
    expectClose(values(hidden.kernel!.value()), [1.02]);
  });

  it('refuses what does not fit', () => {
    expect(() => ops.customGradient(((x: Tensor) => x) as never)(1)).toThrow(/must return \[result, function/);
    const wrong = ops.customGradient((x) => [x, () => tensor([1, 2, 3])]);
    expect(() => wrong([1, 2])).toThrow(/argument 0 has shape .* its gradient/);
    expect(() => ops.customGradient(3 as never)).toThrow(/expected a function/);
    const few = ops.customGradient((x, y) => [ops.add(x, y), (u) => [u]]);
    expect(() => few(1, 2)).toThrow(/a gradient for each of 2 arguments, got 1/);
  });
});

describe('jvp', () => {
  it('is the change along a direction', () => {
    const f = (x: Tensor, { y }: { y: Tensor }) => [
      ops.multiply(ops.sin(x), y),
      ops.matmul(ops.reshape(x, [1, 2]), ops.reshape(y, [2, 1])),
    ];
    const [results, changes] = ops.jvp(
      f as never,
      [[1, 2], { y: tensor([3, 4]) }].map((v, i) => (i === 0 ? tensor(v as number[]) : v)) as never,
      [tensor([0.5, -1]), { y: tensor([0, 1]) }],
    ) as [Tensor[], Tensor[]];
    expectClose(values(results[0]!), [3 * Math.sin(1), 4 * Math.sin(2)]);
    expectClose(values(changes[0]!), [1.5 * Math.cos(1), -4 * Math.cos(2) + Math.sin(2)]);
    expectClose(values(changes[1]!), [0.5 * 3 - 4 + 2]);
  });

  it('goes through loops, choices and reductions; is 0 where nothing flows', () => {
    const f = (x: Tensor) => ({
      a: ops.max(ops.cumsum(x)),
      b: ops.foriLoop(0, 3, (_, v: Tensor) => ops.multiply(v, x), x) as Tensor,
      c: ops.cast(x, 'int32'),
      d: ops.ones([2]),
    });
    const [, t] = ops.jvp(f as never, [tensor([1, 2])], [tensor([1, -1])]) as [unknown, Record<string, Tensor>];
    expect(values(t.a!)).toEqual([0]);
    expect(values(t.b!)).toEqual([4, -32]);
    expect([values(t.c!), values(t.d!)]).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  it('gives what comes beside, and refuses directions that do not fit', () => {
    const [y, dy, more] = ops.jvp(((x: Tensor) => [ops.square(x), 'more']) as never, [tensor(3)], [tensor(2)], {
      hasAux: true,
    }) as [Tensor, Tensor, string];
    expect([y.item(), dy.item(), more]).toEqual([9, 12, 'more']);
    expect(() => ops.jvp(((x: Tensor) => x) as never, [tensor([1])], [tensor([1, 2])])).toThrow(/shapes of primals/);
    expect(() => ops.jvp(((x: Tensor) => x) as never, [tensor([1], undefined, 'int32')], [tensor([1])])).toThrow(
      /float32/,
    );
  });
});

describe('grad and valueAndGrad', () => {
  const f = (w: { k: Tensor; b: Tensor }, x: Tensor) => ops.sum(ops.square(ops.add(ops.multiply(w.k, x), w.b)));
  it('give the value and gradients in the structure of the argument', () => {
    const w = { k: tensor([1, 2]), b: tensor(1) };
    const [value, g] = valueAndGrad(f)(w, tensor([3, 4])) as [Tensor, Record<string, Tensor>];
    expect(value.item()).toBe(16 + 81);
    expect([values(g.k!), values(g.b!)]).toEqual([[24, 72], [26]]);
    const both = grad(f, { argnums: [1, 0] })(w, tensor([3, 4])) as [Tensor, Record<string, Tensor>];
    expect(values(both[0])).toEqual([8, 36]);
    expect(values(both[1].b!)).toEqual([26]);
  });

  it('of gradients, with more beside the value, of unused and equal arguments', () => {
    const second = grad((x: Tensor) => ops.sum(grad((v: Tensor) => ops.sum(ops.power(v, 3)))(x) as Tensor));
    expect(values(second(tensor([1, 2])) as Tensor)).toEqual([6, 12]);
    const [[loss, more], g] = valueAndGrad((x: Tensor) => [ops.sum(x), 'more'] as const, { hasAux: true })(
      tensor([1, 2]),
    );
    expect([loss.item(), more, values(g as Tensor)]).toEqual([3, 'more', [1, 1]]);
    const x = tensor([2]);
    const [a, b] = grad((p: Tensor, q: Tensor) => ops.sum(ops.multiply(p, ops.square(q))), { argnums: [0, 1] })(
      x,
      x,
    ) as Tensor[];
    expect([values(a!), values(b!)]).toEqual([[4], [8]]);
    expect(values(grad((_: Tensor) => ops.sum(tensor([1])))(tensor([5, 6])) as Tensor)).toEqual([0, 0]);
    const v = new Variable([3]);
    expect(values(grad((y: Tensor) => ops.sum(ops.multiply(y, v)))(v as never) as Tensor)).toEqual([3]);
  });

  it('refuse what is no scalar or no float', () => {
    expect(() => grad((x: Tensor) => x)(tensor([1, 2]))).toThrow(/float32 scalar/);
    expect(() => grad((x: Tensor) => ops.sum(x))(tensor([1], undefined, 'int32'))).toThrow(/float32, got int32/);
    expect(() => grad((x: Tensor) => ops.sum(x), { argnums: 1 })(tensor([1]))).toThrow(/no argument 1/);
    expect(publicOps.jvp).toBe(ops.jvp);
  });
});
