import { node } from '../graph/build.ts';
import type { Node } from '../graph/node.ts';
import { showShape } from '../graph/shape.ts';
import type { Tensor, TensorLike } from '../trace/index.ts';
import { castTo, fail, lift, reshapeTo, wide, wrap } from './core.ts';

type Pair = number | readonly [number, number];

export interface PatchOptions {
  /** Spacing of the places within a window. Default 1. */
  readonly dilation?: Pair;
  /** Zeros on both sides. Default 0. */
  readonly padding?: Pair;
  /** From a window to the next. Default 1. */
  readonly stride?: Pair;
}

interface Geometry {
  readonly kernel: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly stride: readonly [number, number];
  /** How many windows there are along each axis. */
  readonly windows: readonly [number, number];
}

function pairOf(op: string, name: string, value: Pair, min: number): readonly [number, number] {
  const list = typeof value === 'number' ? [value, value] : [...value];
  if (list.length === 2 && list.every((v) => Number.isSafeInteger(v) && v >= min)) return list as [number, number];
  fail(op, `${name}: expected whole numbers of at least ${min}, got ${JSON.stringify(value)}`, 'INVALID_ARGUMENT');
}

function geometry(op: string, size: readonly number[], kernelSize: Pair, options: PatchOptions): Geometry {
  const kernel = pairOf(op, 'kernelSize', kernelSize, 1);
  const dilation = pairOf(op, 'dilation', options.dilation ?? 1, 1);
  const padding = pairOf(op, 'padding', options.padding ?? 0, 0);
  const stride = pairOf(op, 'stride', options.stride ?? 1, 1);
  const windows = size.map((d, i) =>
    Math.floor((d + 2 * padding[i]! - dilation[i]! * (kernel[i]! - 1) - 1) / stride[i]! + 1),
  );
  if (windows.some((w) => w < 1)) fail(op, `a window of ${showShape(kernel)} does not fit ${showShape(size)}`);
  return { kernel, dilation, padding, stride, windows: windows as [number, number] };
}

/** `f` for each place in a window. */
function places<T>({ kernel }: Geometry, f: (row: number, column: number) => T): T[] {
  const [rows, columns] = kernel;
  return Array.from({ length: rows * columns }, (_, k) => f(Math.floor(k / columns), k % columns));
}

/**
 * The windows of a picture as columns: [batch, channels, height, width] -> [batch, channels * kernel, windows].
 *
 * @param kernelSize Height and width of a window, or both.
 */
export function unfold(x: TensorLike, kernelSize: Pair, options: PatchOptions = {}): Tensor {
  const n = lift(x);
  if (n.shape.length !== 4) fail('unfold', `expected [batch, channels, height, width], got ${showShape(n.shape)}`);
  const [batch, channels, ...size] = n.shape as [number, number, number, number];
  const g = geometry('unfold', size, kernelSize, options);
  const low = [0, 0, ...g.padding];
  const padded = node('pad', [castTo(n, wide(n.dtype))], { low, high: low, interior: [0, 0, 0, 0], value: 0 });
  const parts = places(g, (row, column) => {
    const start = [row * g.dilation[0], column * g.dilation[1]];
    const limit = start.map((s, i) => s + (g.windows[i]! - 1) * g.stride[i]! + 1);
    const part = node('slice', [padded], {
      start: [0, 0, ...start],
      limit: [batch, channels, ...limit],
      step: [1, 1, ...g.stride],
    });
    return reshapeTo(part, [batch, channels, 1, g.windows[0] * g.windows[1]]);
  });
  const joined = parts.length === 1 ? parts[0]! : node('concat', parts, { axis: 2 });
  const columns = reshapeTo(joined, [batch, channels * parts.length, g.windows[0] * g.windows[1]]);
  return wrap(castTo(columns, n.dtype));
}

/**
 * What `unfold` takes apart, with overlapping places summed: [batch, channels * kernel, windows] -> [batch, channels,
 * height, width].
 *
 * Rows and columns that no window reaches are 0 (Keras on JAX leaves them out).
 *
 * @param outputSize Height and width, or both.
 */
export function fold(x: TensorLike, outputSize: Pair, kernelSize: Pair, options: PatchOptions = {}): Tensor {
  const n = lift(x);
  const size = pairOf('fold', 'outputSize', outputSize, 1);
  const g = geometry('fold', size, kernelSize, options);
  const count = g.kernel[0] * g.kernel[1];
  const [batch, rows, columns] = n.shape as [number, number, number];
  if (n.shape.length !== 3 || rows % count !== 0 || columns !== g.windows[0] * g.windows[1])
    fail(
      'fold',
      `expected [batch, channels * ${count}, ${g.windows[0] * g.windows[1]}] for an output of ${showShape(size)}, got ${showShape(n.shape)}`,
    );
  const channels = rows / count;
  const all = reshapeTo(castTo(n, wide(n.dtype)), [batch, channels, count, ...g.windows]);
  const whole = size.map((d, i) => d + 2 * g.padding[i]!);
  const sum = places(g, (row, column) => {
    const k = row * g.kernel[1] + column;
    const one = node('slice', [all], {
      start: [0, 0, k, 0, 0],
      limit: [batch, channels, k + 1, ...g.windows],
      step: [1, 1, 1, 1, 1],
    });
    const low = [row * g.dilation[0], column * g.dilation[1]];
    const high = whole.map((d, i) => d - low[i]! - ((g.windows[i]! - 1) * g.stride[i]! + 1));
    return node('pad', [reshapeTo(one, [batch, channels, ...g.windows])], {
      low: [0, 0, ...low],
      high: [0, 0, ...high],
      interior: [0, 0, g.stride[0] - 1, g.stride[1] - 1],
      value: 0,
    }) as Node;
  }).reduce((a, b) => node('add', [a, b], {}));
  const inner = node('slice', [sum], {
    start: [0, 0, ...g.padding],
    limit: [batch, channels, ...size.map((d, i) => d + g.padding[i]!)],
    step: [1, 1, 1, 1],
  });
  return wrap(castTo(inner, n.dtype));
}
