import { describe } from '../errors.ts';
import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { showShape, sizeOf } from '../graph/shape.ts';
import { isTensorLike, type Tensor, type TensorLike } from '../trace/index.ts';
import { pullBack } from '../transform/gradient.ts';
import { flatten, mapStructure, packSequenceAs, type Structure } from '../tree/index.ts';
import { expandTo, fail, lift, reshapeTo, wrap } from './core.ts';

type Tensors = Structure<Tensor>;
type Likes = Structure<TensorLike>;

/** The same value as a node of its own, so that two equal arguments are told apart. */
const own = (n: Node): Node => node('reshape', [n], { shape: n.shape });

/** Zeros that nothing takes for zeros: what is linear in them can be differentiated by them. */
function standIn(like: Node): Node {
  const data = new Float32Array(sizeOf(like.shape));
  return node('literal', [], { data, shape: like.shape, dtype: 'float32' });
}

/**
 * A function with a gradient of its own.
 *
 * @param f From tensors to a result (float32; one, or a list) and a function. That one is told the gradient of the loss with
 *   respect to each result, and gives those with respect to the arguments: one alone, or a list in their order. It may use the
 *   arguments and everything that `f` has computed; a gradient of an argument that is not float32 is not used.
 * @returns The function, without the second part of the result.
 * @throws OlifantError `SHAPE` where a gradient has not the shape of its argument.
 * @example
 * // log(1 + e^x), whose gradient does not overflow
 * const log1pexp = ops.customGradient((x) => {
 *   const e = ops.exp(x);
 *   return [ops.log(ops.add(1, e)), (upstream) => ops.multiply(upstream, ops.subtract(1, ops.divide(1, ops.add(1, e))))];
 * });
 */
export function customGradient<R extends Tensor | readonly Tensor[]>(
  f: (...args: Tensor[]) => readonly [R, (...upstream: Tensor[]) => TensorLike | readonly TensorLike[]],
): (...args: TensorLike[]) => R {
  if (typeof f !== 'function') fail('customGradient', `expected a function, got ${describe(f)}`, 'INVALID_ARGUMENT');
  return (...args) => {
    const inputs = args.map((x) => lift(x));
    const made = f(...inputs.map(wrap));
    if (!Array.isArray(made) || made.length !== 2 || typeof made[1] !== 'function')
      fail(
        'customGradient',
        `the function must return [result, function of the result's gradient], got ${describe(made)}`,
        'INVALID_ARGUMENT',
      );
    const [result, gradient] = made;
    const several = Array.isArray(result);
    const results = (several ? result : [result]) as readonly Tensor[];
    const outputs = withGradient(
      inputs,
      results.map((t) => lift(t, 'float32')),
      gradient,
    ).map(wrap);
    return (several ? outputs : outputs[0]) as R;
  };
}

/** Several results are one node, end to end, since a node has one gradient; and cut apart again. */
function withGradient(
  inputs: readonly Node[],
  results: readonly Node[],
  gradient: (...upstream: Tensor[]) => TensorLike | readonly TensorLike[],
): Node[] {
  const lines = results.map((n) => reshapeTo(n, [sizeOf(n.shape)]));
  const value = results.length === 1 ? results[0]! : node('concat', lines, { axis: 0 });
  // It depends on the value, so that in a loop's body it stays where the value is.
  const upstream = node('neg', [value], {});
  const given = gradient(...cut(upstream, results).map(wrap));
  const list = (Array.isArray(given) && inputs.length !== 1 ? given : [given].flat()) as readonly TensorLike[];
  if (list.length !== inputs.length)
    fail(
      'customGradient',
      `expected a gradient for each of ${inputs.length} arguments, got ${list.length}`,
      'INVALID_ARGUMENT',
    );
  const at = inputs.map((_, i) => i).filter((i) => inputs[i]!.dtype === 'float32');
  const gradients = at.map((i) => {
    const g = lift(list[i]!, 'float32');
    const { shape } = inputs[i]!;
    if (g.shape.length > 0 && showShape(g.shape) !== showShape(shape))
      fail('customGradient', `argument ${i} has shape ${showShape(shape)}, but its gradient ${showShape(g.shape)}`);
    return expandTo(g, shape);
  });
  const operands = at.map((i) => inputs[i]!);
  return cut(node('custom', [value, upstream, ...operands, ...gradients], { operands: at.length }), results);
}

function cut(whole: Node, like: readonly Node[]): Node[] {
  if (like.length === 1) return [whole];
  let from = 0;
  return like.map(({ shape }) => {
    const size = sizeOf(shape);
    const part = node('slice', [whole], { start: [from], limit: [from + size], step: [1] });
    from += size;
    return reshapeTo(part, shape);
  });
}

/** Checks the arguments of a function that is differentiated, and makes each a node of its own. */
function argumentsOf(op: string, args: readonly unknown[]): { tensors: Tensors[]; nodes: Node[] } {
  const nodes: Node[] = [];
  const tensors = args.map((arg) =>
    mapStructure<Tensor>((x: unknown) => {
      if (!isTensorLike(x)) fail(op, `expected tensors, got ${describe(x)}`, 'INVALID_ARGUMENT');
      const n = lift(x);
      if (n.dtype !== 'float32') fail(op, `everything to differentiate by must be float32, got ${n.dtype}`, 'DTYPE');
      nodes.push(own(n));
      return wrap(nodes.at(-1)!);
    }, arg),
  );
  return { tensors, nodes };
}

/**
 * The product of a function's Jacobian with a direction: how the results change where the arguments move along `tangents`.
 *
 * @param f From tensors to tensors, in any structure.
 * @param primals Where: a list of the arguments, float32.
 * @param tangents The direction: like `primals`.
 * @param options.hasAux Whether `f` returns `[results, more]`; the latter is given as it is. Default false.
 * @returns `[results, change]`, or `[results, change, more]`.
 */
export function jvp(
  f: (...args: never[]) => unknown,
  primals: readonly Likes[],
  tangents: readonly Likes[],
  { hasAux = false }: { hasAux?: boolean } = {},
): [Tensors, Tensors, ...unknown[]] {
  if (typeof f !== 'function') fail('jvp', `fun: expected a function, got ${describe(f)}`, 'INVALID_ARGUMENT');
  const { tensors, nodes } = argumentsOf('jvp', primals);
  const directions = flatten<TensorLike>(tangents as Likes).map((t) => lift(t, 'float32'));
  if (
    directions.length !== nodes.length ||
    directions.some((d, i) => showShape(d.shape) !== showShape(nodes[i]!.shape))
  )
    fail(
      'jvp',
      `tangents must have the shapes of primals, got ${directions.map((d) => showShape(d.shape)).join(', ')} for ${nodes.map((n) => showShape(n.shape)).join(', ')}`,
    );
  const made = f(...(tensors as never[]));
  const [results, more] = hasAux ? (made as [Likes, unknown]) : [made as Likes];
  const outputs = flatten<TensorLike>(results).map((t) => lift(t));
  const changes = packSequenceAs<Tensor>(results, forward(outputs, nodes, directions).map(wrap));
  const values = packSequenceAs<Tensor>(results, outputs.map(wrap));
  return hasAux ? [values, changes, more] : [values, changes];
}

/** J^T u is linear in u, so its derivative by u, times the direction, is J times the direction. */
function forward(outputs: readonly Node[], at: readonly Node[], directions: readonly Node[]): Node[] {
  const zeros = (n: Node) => expandTo(lift(0), n.shape);
  const smooth = outputs.filter((n) => n.dtype === 'float32');
  const u = smooth.map(standIn);
  const back = pullBack(smooth, u, at);
  const flowing = back.flatMap((g, i) => (g === undefined ? [] : [{ g, direction: directions[i]! }]));
  const changes = pullBack(
    flowing.map(({ g }) => g),
    flowing.map(({ direction }) => direction),
    u,
  );
  return outputs.map((n) => (n.dtype === 'float32' ? (changes[smooth.indexOf(n)] ?? zeros(n)) : zeros(n)));
}

export interface GradOptions {
  /** The number of the argument to differentiate by, or several. Default 0. */
  readonly argnums?: number | readonly number[];
  /** Whether the function returns `[loss, more]`. Default false. */
  readonly hasAux?: boolean;
}

/**
 * The function that gives the value of `f` and its gradient.
 *
 * @param f Gives a scalar, float32 (or `[scalar, more]` with `hasAux`).
 * @returns A function of the same arguments that gives `[value, gradient]`: the value as `f` gives it, and the gradient in the
 *   structure of the argument; a list of them where `argnums` is a list.
 * @example
 * const [loss, slope] = valueAndGrad((w) => ops.sum(ops.square(w)))(tensor([1, 2]));
 * slope.arraySync(); // [2, 4]
 */
export function valueAndGrad<A extends unknown[], R>(
  f: (...args: A) => R,
  { argnums = 0, hasAux = false }: GradOptions = {},
): (...args: A) => [R, Tensors | Tensors[]] {
  if (typeof f !== 'function') fail('valueAndGrad', `expected a function, got ${describe(f)}`, 'INVALID_ARGUMENT');
  const list = [argnums].flat() as number[];
  return (...args) => {
    const odd = list.find((i) => !Number.isSafeInteger(i) || i < 0 || i >= args.length);
    if (odd !== undefined)
      fail('valueAndGrad', `argnums: there is no argument ${odd} of ${args.length}`, 'INVALID_ARGUMENT');
    const parts = list.map((i) => argumentsOf('valueAndGrad', [args[i]]));
    const all = [...args] as unknown[];
    list.forEach((i, k) => {
      all[i] = parts[k]!.tensors[0];
    });
    const made = f(...(all as A));
    const loss = (hasAux ? (made as unknown as unknown[])[0] : made) as TensorLike;
    const n = lift(loss);
    if (n.dtype !== 'float32' || n.shape.length > 0)
      fail('valueAndGrad', `the function must give a float32 scalar, got ${n.dtype} ${showShape(n.shape)}`);
    const wrt = parts.flatMap((p) => p.nodes);
    const flow = pullBack([n], [lift(1)], wrt).map((g, i) => wrap(g ?? expandTo(lift(0), wrt[i]!.shape)));
    const gradients = parts.map((p) => packSequenceAs<Tensor>(p.tensors[0], flow.splice(0, p.nodes.length)));
    return [made, Array.isArray(argnums) ? gradients : gradients[0]!];
  };
}

/** The function that gives the gradient of `f`; see `valueAndGrad`. With `hasAux`, `[gradient, more]`. */
export function grad<A extends unknown[]>(
  f: (...args: A) => unknown,
  options: GradOptions = {},
): (...args: A) => Tensors | Tensors[] {
  const both = valueAndGrad(f, options);
  return (...args) => {
    const [made, gradient] = both(...args);
    return options.hasAux ? ([gradient, (made as unknown[])[1]] as unknown as Tensors[]) : gradient;
  };
}
