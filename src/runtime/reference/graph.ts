import { GraphError } from '../../graph/error.ts';
import { halfBits, halfValue } from '../../graph/half.ts';
import type { Attrs, Node, NodeOf, Primitive } from '../../graph/node.ts';
import { showShape, sizeOf } from '../../graph/shape.ts';
import { topologicalOrder } from '../../graph/structure.ts';
import {
  type BinaryOp,
  evalBinary,
  evalBitcast,
  evalCast,
  evalSelect,
  evalUnary,
  isBinary,
  isUnary,
  type UnaryOp,
} from './elementwise.ts';
import { evalArgsort, evalGather, evalScatterAdd } from './indexing.ts';
import { evalBroadcast, evalConcat, evalPad, evalPermute, evalReverse, evalSlice } from './movement.ts';
import { convSizes, evalConv, evalConvFilterGrad, evalConvInputGrad, evalDot } from './product.ts';
import { evalRandomBits } from './random.ts';
import { evalArgmax, evalCumulative, evalReduce, type Fold } from './reduce.ts';
import { allocate, type Precision, type Values } from './values.ts';
import { evalWindowArgmax, evalWindowPut, evalWindowReduce } from './window.ts';

export type { Precision, Values } from './values.ts';

/**
 * Computes `outputs` in plain JavaScript; this is what the primitives mean.
 *
 * @param bind The elements of every `input` node that the outputs depend on.
 * @param options.precision `float32` (default) rounds the result of every primitive once, from sums in double precision;
 *   `float64` never rounds, for numeric derivatives: float32 tensors are `Float64Array`s.
 * @returns One array an output, never one of the bound arrays.
 * @throws GraphError where an input is not bound, or its array has another size.
 */
export function evaluateGraph(
  outputs: readonly Node[],
  bind: ReadonlyMap<Node, Values>,
  options: { precision?: Precision } = {},
): Values[] {
  const lent = new Set<ArrayBufferLike>();
  const results = new Evaluation(outputs, options.precision ?? 'float32', lent).run(bind);
  return results.map((r) => (lent.has(r.buffer) ? r.slice() : r));
}

/** The nodes of some outputs in order, with the number of uses of each, so that arrays go when nobody needs them. */
class Evaluation {
  readonly outputs: readonly Node[];
  readonly precision: Precision;
  readonly order: readonly Node[];
  readonly uses = new Map<Node, number>();
  readonly bodies = new Map<Node, Evaluation>();
  /** Memory that is the caller's or a literal's. */
  readonly lent: Set<ArrayBufferLike>;

  constructor(outputs: readonly Node[], precision: Precision, lent: Set<ArrayBufferLike>) {
    this.outputs = outputs;
    this.precision = precision;
    this.lent = lent;
    this.order = topologicalOrder(outputs);
    const use = (n: Node) => this.uses.set(n, (this.uses.get(n) ?? 0) + 1);
    for (const n of this.order) n.inputs.forEach(use);
    outputs.forEach(use);
    for (const n of this.order)
      if (n.op === 'scan') {
        const { body } = n.attrs as Attrs['scan'];
        this.bodies.set(n, new Evaluation([...body.next, ...body.stacked], precision, lent));
      }
  }

  run(bind: ReadonlyMap<Node, Values>): Values[] {
    const values = new Map<Node, Values | Values[]>();
    const left = new Map(this.uses);
    for (const n of this.order) {
      const operands = n.inputs.map((x) => values.get(x)!);
      values.set(n, this.#evaluate(n, operands, bind));
      for (const x of n.inputs) {
        const rest = left.get(x)! - 1;
        left.set(x, rest);
        if (rest === 0) values.delete(x);
      }
    }
    return this.outputs.map((n) => values.get(n) as Values);
  }

  #evaluate(n: Node, operands: (Values | Values[])[], bind: ReadonlyMap<Node, Values>): Values | Values[] {
    if (n.op === 'input') return this.#bound(n as Node<'input'>, bind);
    if (n.op === 'scan') return this.#scan(n as Node<'scan'>, operands as Values[]);
    if (n.op === 'pick') return (operands[0] as Values[])[(n.attrs as Attrs['pick']).index]!;
    if (n.op === 'reshape') return operands[0]!;
    if (n.op === 'literal') return this.#held(n, (n.attrs as Attrs['literal']).data);
    const out = allocate(n.dtype, sizeOf(n.shape), this.precision);
    evaluateNode(n, operands as Values[], out);
    return out;
  }

  /** `array` in the type that this precision holds. */
  #held(n: Node, array: Values): Values {
    const kind = allocate(n.dtype, 0, this.precision);
    if (array.constructor === kind.constructor) {
      this.lent.add(array.buffer);
      return array;
    }
    const held = allocate(n.dtype, array.length, this.precision);
    held.set(array);
    return held;
  }

  #bound(n: Node<'input'>, bind: ReadonlyMap<Node, Values>): Values {
    const array = bind.get(n);
    if (array === undefined) throw new GraphError(`input ${n.attrs.name}: expected an array, got none`);
    const size = sizeOf(n.shape);
    if (array.length !== size)
      throw new GraphError(
        `input ${n.attrs.name}: expected ${size} elements of ${showShape(n.shape)}, got ${array.length}`,
      );
    return this.#held(n, array);
  }

  #scan(n: Node<'scan'>, operands: readonly Values[]): Values[] {
    const { body, length, reverse } = n.attrs;
    const plan = this.bodies.get(n)!;
    const carries = body.carry.length;
    const scanned = operands.slice(carries, carries + body.slices.length);
    const bind = new Map<Node, Values>();
    body.constants.forEach((c, i) => {
      bind.set(c, operands[carries + scanned.length + i]!);
    });
    const stacked = body.stacked.map((s) => allocate(s.dtype, length * sizeOf(s.shape), this.precision));
    let carry = operands.slice(0, carries);
    for (let step = 0; step < length; step++) {
      const at = reverse ? length - 1 - step : step;
      body.carry.forEach((c, i) => {
        bind.set(c, carry[i]!);
      });
      body.slices.forEach((s, i) => {
        const size = sizeOf(s.shape);
        bind.set(s, scanned[i]!.subarray(at * size, (at + 1) * size));
      });
      const results = plan.run(bind);
      carry = results.slice(0, carries);
      stacked.forEach((all, i) => {
        const one = results[carries + i]!;
        all.set(one, at * one.length);
      });
    }
    return [...carry, ...stacked];
  }
}

/** How a primitive other than the elementwise tables' fills its result. */
type Rule<P extends Primitive> = (n: NodeOf<P>, out: Values, operands: readonly Values[]) => void;
/** These do not fill an array. */
type Structural = 'input' | 'literal' | 'reshape' | 'scan' | 'pick';

const RULES: { readonly [P in Exclude<Primitive, UnaryOp | BinaryOp | Structural>]: Rule<P> } = {
  constant: (n, out) => {
    out.fill(n.attrs.value);
  },
  iota: evalIota,
  randomBits: (_, out, [key]) => evalRandomBits(key!, out),
  select: (_, out, [c, x, y]) => evalSelect(c!, x!, y!, out),
  cast: (n, out, [x]) => evalCast(n.inputs[0]!.dtype, n.attrs, x!, out),
  pair: (_, out, [low, high]) => {
    const bits = (x: number) => halfBits('bfloat16', x);
    for (let i = 0; i < out.length; i++) out[i] = bits(low![i]!) | (bits(high![i]!) << 16);
  },
  bitcast: (n, out, [x]) => evalBitcast(n.inputs[0]!.dtype, n.attrs, x!, out),
  permute: (n, out, [x]) => evalPermute(x!, n.inputs[0]!.shape, n.attrs, out, n.shape),
  broadcast: (n, out, [x]) => evalBroadcast(x!, n.inputs[0]!.shape, out, n.shape),
  slice: (n, out, [x]) => evalSlice(x!, n.inputs[0]!.shape, n.attrs, out, n.shape),
  pad: (n, out, [x]) => evalPad(x!, n.inputs[0]!.shape, n.attrs, out, n.shape),
  reverse: (n, out, [x]) => evalReverse(x!, n.shape, n.attrs, out),
  concat: (n, out, parts) =>
    evalConcat(
      parts,
      n.inputs.map((x) => x.shape),
      n.attrs.axis,
      out,
    ),
  reduceSum: reduce('sum'),
  reduceProd: reduce('prod'),
  reduceMax: reduce('max'),
  reduceMin: reduce('min'),
  argmax: (n, out, [x]) => evalArgmax(x!, n.inputs[0]!.shape, n.attrs.axis, out),
  dot: (n, out, values) =>
    byHalves(n, values, out, (x, y, sums) => evalDot(x, n.inputs[0]!.shape, y, n.inputs[1]!.shape, sums)),
  conv: (n, out, values) => {
    const { inputs, attrs, shape } = n;
    const sizes = convSizes(inputs[0]!.shape, inputs[1]!.shape, shape, attrs.groups);
    byHalves(n, values, out, (x, filter, sums) => evalConv(x, filter, sizes, attrs, sums));
  },
  convInputGrad: (n, out, values) => {
    const { inputs, attrs, shape } = n;
    const sizes = convSizes(shape, inputs[1]!.shape, inputs[0]!.shape, attrs.groups);
    byHalves(n, values, out, (dy, filter, sums) => evalConvInputGrad(dy, filter, sizes, attrs, sums));
  },
  convFilterGrad: (n, out, values) => {
    const { inputs, attrs, shape } = n;
    const sizes = convSizes(inputs[0]!.shape, shape, inputs[1]!.shape, attrs.groups);
    byHalves(n, values, out, (x, dy, sums) => evalConvFilterGrad(x, dy, sizes, attrs, sums));
  },
  windowReduce: (n, out, [x]) => evalWindowReduce(x!, n.inputs[0]!.shape, n.attrs, out, n.shape),
  windowArgmax: (n, out, [x]) => evalWindowArgmax(x!, n.inputs[0]!.shape, n.attrs, out, n.shape),
  windowPut: (n, out, [places, x]) => evalWindowPut(places!, x!, n.inputs[1]!.shape, n.attrs, out, n.shape),
  gather: (n, out, [x, indices]) => evalGather(x!, n.inputs[0]!.shape, n.attrs.axis, indices!, out),
  scatterAdd: (n, out, [x, indices, updates]) =>
    evalScatterAdd(n.dtype, x!, n.shape, n.attrs.axis, indices!, updates!, out),
  argsort: (n, out, [x]) => evalArgsort(x!, n.shape, n.attrs.axis, n.attrs.descending, out),
  custom: (_, out, [value]) => {
    out.set(value!);
  },
  cumulative: (n, out, [x]) => evalCumulative(n.attrs.kind, n.dtype, x!, n.shape, n.attrs.axis, n.attrs.reverse, out),
};

/** Of pairs, the product of the lower halves and that of the upper ones. */
function byHalves(
  n: Pick<Node, 'inputs'>,
  [a, b]: readonly Values[],
  out: Values,
  multiply: (a: Values, b: Values, out: Values) => void,
): void {
  if (n.inputs[0]!.dtype !== 'int32') return multiply(a!, b!, out);
  const half = (x: Values, shift: number) =>
    Float32Array.from(x, (bits) => halfValue('bfloat16', (bits >>> shift) & 0xffff));
  const other = out.slice();
  multiply(half(a!, 0), half(b!, 0), out);
  multiply(half(a!, 16), half(b!, 16), other);
  for (let i = 0; i < out.length; i++) out[i] = out[i]! + other[i]!;
}

function reduce(fold: Fold): Rule<'reduceSum'> & Rule<'reduceProd'> & Rule<'reduceMax'> & Rule<'reduceMin'> {
  return (n, out, [x]) => evalReduce(fold, n.dtype, x!, n.inputs[0]!.shape, n.attrs.axes, out);
}

function evaluateNode(n: Node, operands: readonly Values[], out: Values): void {
  if (isUnary(n.op)) evalUnary(n.op, n.dtype, operands[0]!, out);
  else if (isBinary(n.op)) evalBinary(n.op, n.inputs[0]!.dtype, operands[0]!, operands[1]!, out);
  else (RULES[n.op as keyof typeof RULES] as Rule<Primitive>)(n, out, operands);
}

function evalIota(n: NodeOf<'iota'>, out: Values): void {
  const { shape, axis } = n.attrs;
  let inner = 1;
  for (let i = axis + 1; i < shape.length; i++) inner *= shape[i]!;
  const size = shape[axis] ?? 1;
  for (let i = 0; i < out.length; i++) out[i] = Math.floor(i / inner) % size;
}
