import type { DType } from './dtype.ts';
import { GraphError } from './error.ts';
import {
  inferBroadcast,
  inferConcat,
  inferPad,
  inferPermute,
  inferReshape,
  inferReverse,
  inferSlice,
} from './infer-movement.ts';
import {
  inferConv,
  inferConvFilterGrad,
  inferConvInputGrad,
  inferWindow,
  inferWindowArgmax,
  inferWindowPut,
  needFactors,
} from './infer-window.ts';
import type { Attrs, Node, Primitive } from './node.ts';
import { type Shape, sameShape, showShape } from './shape.ts';

/** What a primitive is to the passes: they ask for the class, not for the name. */
export type OpClass = 'source' | 'elementwise' | 'movement' | 'reduce' | 'product' | 'window' | 'index' | 'loop';

export interface Inferred {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One row of the table: class, number of operands (`undefined`: any), and the rule for shape and dtype. */
export interface PrimitiveRow<P extends Primitive> {
  readonly class: OpClass;
  readonly arity?: number;
  /** A movement that reads its operand where it lies, by other strides, if they can express it. */
  readonly strided?: true;
  infer(inputs: readonly Node[], attrs: Attrs[P]): Inferred;
}

type Rule = { readonly class: 'elementwise'; readonly arity: number; infer(inputs: readonly Node[]): Inferred };

const NUMERIC: readonly DType[] = ['float32', 'int32'];
const FLOAT: readonly DType[] = ['float32'];
const BITS: readonly DType[] = ['int32', 'bool'];

function need(ok: boolean, expected: string, got: string): asserts ok {
  if (!ok) throw new GraphError(`expected ${expected}, got ${got}`);
}

function sameOperands(inputs: readonly Node[], dtypes: readonly DType[]): Inferred {
  const first = inputs[0]!;
  for (const n of inputs) {
    need(dtypes.includes(n.dtype), dtypes.join(' or '), n.dtype);
    need(n.dtype === first.dtype, `operands of one dtype (${first.dtype})`, n.dtype);
    need(sameShape(n.shape, first.shape), `operands of one shape (${showShape(first.shape)})`, showShape(n.shape));
  }
  return { shape: first.shape, dtype: first.dtype };
}

const unary = (dtypes: readonly DType[]): Rule => ({
  class: 'elementwise',
  arity: 1,
  infer: (x) => sameOperands(x, dtypes),
});
const binary = (dtypes: readonly DType[]): Rule => ({
  class: 'elementwise',
  arity: 2,
  infer: (x) => sameOperands(x, dtypes),
});
const compare = (dtypes: readonly DType[]): Rule => ({
  class: 'elementwise',
  arity: 2,
  infer: (x) => ({ shape: sameOperands(x, dtypes).shape, dtype: 'bool' }),
});

function reduced(x: Node, axes: readonly number[]): number[] {
  for (const a of axes)
    need(Number.isInteger(a) && a >= 0 && a < x.shape.length, `axes of ${showShape(x.shape)}`, `${a}`);
  need(new Set(axes).size === axes.length, 'distinct axes', axes.join(', '));
  return x.shape.filter((_, i) => !axes.includes(i));
}

const reduce = {
  class: 'reduce' as const,
  arity: 1,
  infer([x]: readonly Node[], { axes }: { axes: readonly number[] }): Inferred {
    need(NUMERIC.includes(x!.dtype), 'float32 or int32', x!.dtype);
    return { shape: reduced(x!, axes), dtype: x!.dtype };
  },
};

function axisOf(x: Node, axis: number): void {
  need(Number.isInteger(axis) && axis >= 0 && axis < x.shape.length, `an axis of ${showShape(x.shape)}`, `${axis}`);
}

/** Every primitive, one row each. */
export const PRIMITIVES: { readonly [P in Primitive]: PrimitiveRow<P> } = {
  input: { class: 'source', arity: 0, infer: (_, a) => ({ shape: a.shape, dtype: a.dtype }) },
  constant: { class: 'source', arity: 0, infer: (_, a) => ({ shape: [], dtype: a.dtype }) },
  literal: { class: 'source', arity: 0, infer: (_, a) => ({ shape: a.shape, dtype: a.dtype }) },
  iota: { class: 'source', arity: 0, infer: (_, a) => ({ shape: a.shape, dtype: 'int32' }) },
  // Threefry-2x32, 13 rounds, over (key, element number); the key is int32 [2].
  randomBits: {
    class: 'source',
    arity: 1,
    infer([key], a) {
      need(
        key!.dtype === 'int32' && sameShape(key!.shape, [2]),
        'a key of int32 [2]',
        `${key!.dtype} ${showShape(key!.shape)}`,
      );
      return { shape: a.shape, dtype: 'int32' };
    },
  },

  neg: unary(NUMERIC),
  abs: unary(NUMERIC),
  sign: unary(NUMERIC),
  floor: unary(FLOAT),
  ceil: unary(FLOAT),
  round: unary(FLOAT),
  sqrt: unary(FLOAT),
  exp: unary(FLOAT),
  log: unary(FLOAT),
  log1p: unary(FLOAT),
  expm1: unary(FLOAT),
  sin: unary(FLOAT),
  cos: unary(FLOAT),
  atan: unary(FLOAT),
  tanh: unary(FLOAT),
  sigmoid: unary(FLOAT),
  erf: unary(FLOAT),
  not: unary(BITS),
  // float32 -> int32 truncates and saturates; -> uint8 keeps the low 8 bits of that; -> bool is `!= 0`.
  cast: { class: 'elementwise', arity: 1, infer: ([x], a) => ({ shape: x!.shape, dtype: a.dtype }) },
  bitcast: {
    class: 'elementwise',
    arity: 1,
    infer([x], a) {
      need(NUMERIC.includes(x!.dtype), 'float32 or int32', x!.dtype);
      return { shape: x!.shape, dtype: a.dtype };
    },
  },

  // What `dot` and the convolutions multiply two by two: int32 operands of theirs are pairs along the axis that is summed, for
  // filters' gradients along the batch. The passes make them, where the target has instructions for them.
  pair: {
    class: 'elementwise',
    arity: 2,
    infer: (x) => ({ shape: sameOperands(x, ['bfloat16']).shape, dtype: 'int32' }),
  },

  add: binary(NUMERIC),
  sub: binary(NUMERIC),
  mul: binary(NUMERIC),
  div: binary(FLOAT),
  pow: binary(FLOAT),
  max: binary(NUMERIC), // NaN where either is
  min: binary(NUMERIC),
  and: binary(BITS),
  or: binary(BITS),
  xor: binary(BITS),
  shl: binary(['int32']),
  shr: binary(['int32']), // logical
  eq: compare(['float32', 'int32', 'bool']),
  lt: compare(NUMERIC),
  le: compare(NUMERIC),
  select: {
    class: 'elementwise',
    arity: 3,
    infer([c, a, b]) {
      need(c!.dtype === 'bool', 'a bool condition', c!.dtype);
      const out = sameOperands([a!, b!], ['float32', 'int32', 'bool']);
      need(sameShape(c!.shape, out.shape), `a condition of shape ${showShape(out.shape)}`, showShape(c!.shape));
      return out;
    },
  },

  reshape: { class: 'movement', arity: 1, strided: true, infer: inferReshape },
  permute: { class: 'movement', arity: 1, strided: true, infer: inferPermute },
  broadcast: { class: 'movement', arity: 1, strided: true, infer: inferBroadcast },
  slice: { class: 'movement', arity: 1, strided: true, infer: inferSlice },
  pad: { class: 'movement', arity: 1, infer: inferPad },
  reverse: { class: 'movement', arity: 1, strided: true, infer: inferReverse },
  concat: { class: 'movement', infer: inferConcat },

  reduceSum: reduce,
  reduceProd: reduce,
  reduceMax: reduce, // NaN where any is; of nothing: -Infinity
  reduceMin: reduce,
  argmax: {
    class: 'reduce',
    arity: 1,
    infer([x], { axis }) {
      need(NUMERIC.includes(x!.dtype), 'float32 or int32', x!.dtype);
      axisOf(x!, axis);
      need(x!.shape[axis]! > 0, 'a non-empty axis', showShape(x!.shape));
      return { shape: reduced(x!, [axis]), dtype: 'int32' };
    },
  },

  // [batch..., m, k] x [batch..., k, n] -> [batch..., m, n]
  dot: {
    class: 'product',
    arity: 2,
    infer([a, b]) {
      const ra = a!.shape.length;
      needFactors(a!, b!);
      const ok =
        ra >= 2 &&
        b!.shape.length === ra &&
        sameShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2)) &&
        a!.shape[ra - 1] === b!.shape[ra - 2];
      need(ok, '[batch..., m, k] and [batch..., k, n]', `${showShape(a!.shape)} and ${showShape(b!.shape)}`);
      return { shape: [...a!.shape.slice(0, -1), b!.shape[ra - 1]!], dtype: 'float32' };
    },
  },
  conv: { class: 'product', arity: 2, infer: inferConv },
  convInputGrad: { class: 'product', arity: 2, infer: inferConvInputGrad },
  convFilterGrad: { class: 'product', arity: 2, infer: inferConvFilterGrad },
  windowReduce: { class: 'window', arity: 1, infer: inferWindow },
  // the place in its window (row-major) of each window's first maximum; NaN is the maximum, padding takes no part
  windowArgmax: { class: 'window', arity: 1, infer: inferWindowArgmax },
  // places as windowArgmax gives them, values -> a tensor of zeros with each value added at its window's place
  windowPut: { class: 'window', arity: 2, infer: inferWindowPut },

  // x, indices -> x.shape[..axis] + indices.shape + x.shape[axis+1..]; indices are clamped into the axis
  gather: {
    class: 'index',
    arity: 2,
    infer([x, indices], { axis }) {
      axisOf(x!, axis);
      need(indices!.dtype === 'int32', 'int32 indices', indices!.dtype);
      return { shape: [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)], dtype: x!.dtype };
    },
  },
  // operand, indices, updates -> operand with updates added at the places from which gather would read; in order
  scatterAdd: {
    class: 'index',
    arity: 3,
    infer([x, indices, updates], { axis }) {
      axisOf(x!, axis);
      need(indices!.dtype === 'int32', 'int32 indices', indices!.dtype);
      const expected = [...x!.shape.slice(0, axis), ...indices!.shape, ...x!.shape.slice(axis + 1)];
      need(sameShape(updates!.shape, expected), `updates of shape ${showShape(expected)}`, showShape(updates!.shape));
      need(updates!.dtype === x!.dtype && NUMERIC.includes(x!.dtype), `updates of ${x!.dtype}`, updates!.dtype);
      return { shape: x!.shape, dtype: x!.dtype };
    },
  },
  // the stable order of the elements along an axis; NaN comes last
  argsort: {
    class: 'index',
    arity: 1,
    infer([x], { axis }) {
      axisOf(x!, axis);
      need(NUMERIC.includes(x!.dtype), 'float32 or int32', x!.dtype);
      return { shape: x!.shape, dtype: 'int32' };
    },
  },
  cumulative: {
    class: 'index',
    arity: 1,
    infer([x], { axis }) {
      axisOf(x!, axis);
      need(NUMERIC.includes(x!.dtype), 'float32 or int32', x!.dtype);
      return { shape: x!.shape, dtype: x!.dtype };
    },
  },

  // operands: the first carries, the scanned operands [length, ...], the constants. A tuple: read it with `pick`:
  // the last carries come first, then the stacked results [length, ...]. Its own shape is [].
  scan: {
    class: 'loop',
    infer(inputs, { body, length }) {
      const slots = [...body.carry, ...body.slices, ...body.constants];
      need(inputs.length === slots.length, `${slots.length} operands`, `${inputs.length}`);
      slots.forEach((slot, i) => {
        const scanned = i >= body.carry.length && i < body.carry.length + body.slices.length;
        const expected = scanned ? [length, ...slot.shape] : slot.shape;
        const got = inputs[i]!;
        need(sameShape(got.shape, expected), `operand ${i} of shape ${showShape(expected)}`, showShape(got.shape));
        need(got.dtype === slot.dtype, `operand ${i} of ${slot.dtype}`, got.dtype);
      });
      need(body.next.length === body.carry.length, `${body.carry.length} carried values`, `${body.next.length}`);
      body.next.forEach((n, i) => {
        const c = body.carry[i]!;
        need(
          sameShape(n.shape, c.shape) && n.dtype === c.dtype,
          `carry ${i} of ${c.dtype} ${showShape(c.shape)}`,
          `${n.dtype} ${showShape(n.shape)}`,
        );
      });
      return { shape: [], dtype: 'float32' };
    },
  },
  // operands: the value, a stand-in for the gradient of the result, the operands x, and for each x its gradient, computed from
  // the stand-in. Only the derivative reads more than the value.
  custom: {
    class: 'movement',
    infer([value, upstream, ...rest], { operands }) {
      need(value?.dtype === 'float32' && upstream !== undefined, 'a float32 value', value?.dtype ?? 'nothing');
      need(rest.length === 2 * operands, `${operands} operands and their gradients`, `${rest.length} nodes`);
      for (const g of [upstream, ...rest]) need(g.dtype === 'float32', 'float32', g.dtype);
      need(
        sameShape(upstream.shape, value.shape),
        `a stand-in of ${showShape(value.shape)}`,
        showShape(upstream.shape),
      );
      for (let i = 0; i < operands; i++) {
        const [x, g] = [rest[i]!, rest[operands + i]!];
        need(sameShape(x.shape, g.shape), `a gradient of ${showShape(x.shape)}`, showShape(g.shape));
      }
      return { shape: value.shape, dtype: value.dtype };
    },
  },
  pick: {
    class: 'loop',
    arity: 1,
    infer([loop], { index }) {
      need(loop!.op === 'scan', 'a scan', loop!.op);
      const { body, length } = (loop as Node<'scan'>).attrs;
      const n = body.carry.length;
      const of = index < n ? body.next[index] : body.stacked[index - n];
      need(of !== undefined, `an index below ${n + body.stacked.length}`, `${index}`);
      return { shape: index < n ? of.shape : [length, ...of.shape], dtype: of.dtype };
    },
  },
};
