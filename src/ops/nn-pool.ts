import { node } from '../graph/build.ts';
import { windowCount } from '../graph/infer-window.ts';
import type { Node, WindowAttrs } from '../graph/node.ts';
import { type Shape, showShape, sizeOf } from '../graph/shape.ts';
import { literal, type Tensor, type TensorLike } from '../trace/index.ts';
import { fail, inFloat32, lift, wrap } from './core.ts';
import { divide } from './elementwise.ts';
import { concatenate, sliceAxis } from './movement.ts';
import { type DataFormat, fromChannelsLast, type Padding, paddingOf, perAxis, toChannelsLast } from './nn-conv.ts';
import { max, mean } from './reduce.ts';

export interface PoolOptions {
  /** Default: the window's size. */
  readonly strides?: number | readonly number[] | null;
  /** Default `'valid'`. */
  readonly padding?: Padding;
  /** Default: that of `config.imageDataFormat`, `'channels_last'` at first. */
  readonly dataFormat?: DataFormat;
}

function poolGeometry(op: string, x: Node, poolSize: number | readonly number[], options: PoolOptions): WindowAttrs {
  const spatial = x.shape.slice(1, -1);
  const window = perAxis(op, 'poolSize', poolSize, spatial.length);
  const strides = perAxis(op, 'strides', options.strides ?? window, spatial.length);
  const padding = options.padding ?? 'valid';
  if (padding !== 'valid' && padding !== 'same')
    fail(op, `padding: expected 'valid' or 'same', got '${String(padding)}'`, 'INVALID_ARGUMENT');
  const pads = spatial.map((d, i) => paddingOf(op, padding, d, window[i]!, strides[i]!));
  spatial.forEach((d, i) => {
    if (windowCount(d, window[i]!, strides[i]!, ...pads[i]!) < 1)
      fail(op, `a window of ${showShape(window)} does not fit an input of ${showShape(spatial)}; use padding 'same'`);
  });
  return {
    window: [1, ...window, 1],
    strides: [1, ...strides, 1],
    padLow: [0, ...pads.map((p) => p[0]), 0],
    padHigh: [0, ...pads.map((p) => p[1]), 0],
  };
}

/** The largest of each window; NaN where any is NaN. [batch, spatial..., channels]. */
export function maxPool(inputs: TensorLike, poolSize: number | readonly number[], options: PoolOptions = {}): Tensor {
  const x = toChannelsLast('maxPool', lift(inputs, 'float'), options.dataFormat);
  const attrs = poolGeometry('maxPool', x, poolSize, options);
  return wrap(fromChannelsLast(node('windowReduce', [x], { ...attrs, kind: 'max' }), options.dataFormat));
}

/** The mean of each window; padding does not count. [batch, spatial..., channels]. */
export function averagePool(
  inputs: TensorLike,
  poolSize: number | readonly number[],
  options: PoolOptions = {},
): Tensor {
  const x = toChannelsLast('averagePool', lift(inputs, 'float'), options.dataFormat);
  const attrs = poolGeometry('averagePool', x, poolSize, options);
  const padded = attrs.padLow.some((p) => p > 0) || attrs.padHigh.some((p) => p > 0);
  const count = padded ? windowCounts(x.shape, attrs) : sizeOf(attrs.window);
  const averages = inFloat32(wrap(x), (t) =>
    divide(wrap(node('windowReduce', [t.node], { ...attrs, kind: 'sum' })), count),
  );
  return wrap(fromChannelsLast(averages.node, options.dataFormat));
}

/** How many elements of the input lie in each window, shape [1, spatial..., 1]: the product of the axes' own counts. */
function windowCounts(shape: Shape, { window, strides, padLow, padHigh }: WindowAttrs): Tensor {
  let counts = [1];
  const sizes: number[] = [];
  for (let axis = 1; axis < shape.length - 1; axis++) {
    const n = windowCount(shape[axis]!, window[axis]!, strides[axis]!, padLow[axis]!, padHigh[axis]!);
    const own = Array.from({ length: n }, (_, i) => {
      const start = i * strides[axis]! - padLow[axis]!;
      return Math.min(shape[axis]!, start + window[axis]!) - Math.max(0, start);
    });
    counts = counts.flatMap((c) => own.map((o) => c * o));
    sizes.push(n);
  }
  return literal(Float32Array.from(counts), [1, ...sizes, 1], 'float32');
}

/** Window i of `size` elements cut into `n`: from floor(i size / n) to ceil((i + 1) size / n). */
function adaptive(
  op: string,
  inputs: TensorLike,
  outputSize: number | readonly number[],
  format: DataFormat | undefined,
  reduce: typeof mean,
): Tensor {
  let x = toChannelsLast(op, lift(inputs, 'float'), format);
  const sizes = perAxis(op, 'outputSize', outputSize, x.shape.length - 2);
  sizes.forEach((n, i) => {
    const axis = i + 1;
    const size = x.shape[axis]!;
    const parts = Array.from({ length: n }, (_, k) => {
      const [from, to] = [Math.floor((k * size) / n), Math.ceil(((k + 1) * size) / n)];
      return reduce(wrap(sliceAxis(x, axis, from, to)), { axis, keepdims: true });
    });
    x = concatenate(parts, axis).node;
  });
  return wrap(fromChannelsLast(x, format));
}

/** The mean of windows that divide each spatial axis into `outputSize` parts of nearly equal size. */
export function adaptiveAveragePool(
  inputs: TensorLike,
  outputSize: number | readonly number[],
  { dataFormat }: { dataFormat?: DataFormat } = {},
): Tensor {
  return adaptive('adaptiveAveragePool', inputs, outputSize, dataFormat, mean);
}

/** The largest of windows that divide each spatial axis into `outputSize` parts. */
export function adaptiveMaxPool(
  inputs: TensorLike,
  outputSize: number | readonly number[],
  { dataFormat }: { dataFormat?: DataFormat } = {},
): Tensor {
  return adaptive('adaptiveMaxPool', inputs, outputSize, dataFormat, max);
}
