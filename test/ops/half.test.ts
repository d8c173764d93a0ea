import { describe, expect, it } from 'vitest';
import type { HalfType } from '../../src/graph/dtype.ts';
import * as ops from '../../src/ops/index.ts';
import { gradient, type Tensor, tensor } from '../../src/trace/index.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';

const SHAPE = [3, 4];
const VALUES = [0.5, -1.25, 2, 0.75, -0.5, 1.5, 0.25, -2, 3, 1, -0.75, 0.125];
const make = (dtype: HalfType | 'float32') => tensor(Float32Array.from(VALUES), SHAPE, dtype);
const positive = (x: Tensor) => ops.add(ops.absolute(x), 0.25);

/** Of one operand; numbers of 16 bits give such numbers. */
const KEPT: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  negative: ops.negative,
  absolute: ops.absolute,
  sign: ops.sign,
  floor: ops.floor,
  round: (x) => ops.round(x, 1),
  square: ops.square,
  sqrt: (x) => ops.sqrt(positive(x)),
  rsqrt: (x) => ops.rsqrt(positive(x)),
  log: (x) => ops.log(positive(x)),
  exp: ops.exp,
  sin: ops.sin,
  tanh: ops.tanh,
  erf: ops.erf,
  sigmoid: ops.sigmoid,
  relu: ops.relu,
  relu6: ops.relu6,
  gelu: (x) => ops.gelu(x, false),
  'gelu by tanh': ops.gelu,
  silu: ops.silu,
  elu: ops.elu,
  selu: ops.selu,
  softplus: ops.softplus,
  hardSigmoid: ops.hardSigmoid,
  leakyRelu: ops.leakyRelu,
  softmax: ops.softmax,
  logSoftmax: ops.logSoftmax,
  clip: (x) => ops.clip(x, -1, 1),
  sum: (x) => ops.sum(x, 1),
  mean: (x) => ops.mean(x, 0),
  variance: (x) => ops.var(x, 1),
  std: (x) => ops.std(x, 1),
  max: (x) => ops.max(x, 1),
  min: (x) => ops.min(x),
  prod: (x) => ops.prod(x, 1),
  logsumexp: (x) => ops.logsumexp(x, 1),
  cumsum: (x) => ops.cumsum(x, 1),
  sort: (x) => ops.sort(x, 1),
  transpose: (x) => ops.transpose(x),
  reshape: (x) => ops.reshape(x, [2, 6]),
  flip: (x) => ops.flip(x, 0),
  roll: (x) => ops.roll(x, 1, 1),
  pad: (x) =>
    ops.pad(x, [
      [1, 0],
      [0, 2],
    ]),
  tile: (x) => ops.tile(x, [2, 1]),
  stack: (x) => ops.stack([x, x], 1),
  concatenate: (x) => ops.concatenate([x, x], 0),
  take: (x) => ops.take(x, tensor([2, 0, 1], undefined, 'int32'), 1),
  where: (x) => ops.where(ops.greater(x, 0), x, 0),
  tril: (x) => ops.tril(x),
  matmul: (x) => ops.matmul(x, ops.transpose(x)),
  einsum: (x) => ops.einsum('ij,kj->ik', x, x),
  'plain numbers': (x) => ops.subtract(ops.multiply(ops.add(x, 1), 0.5), ops.divide(x, 4)),
  power: (x) => ops.power(x, 3),
  maximum: (x) => ops.maximum(x, 0.3),
  layerNormalization: (x) => ops.layerNormalization(x),
  rmsNormalization: (x) => ops.rmsNormalization(x),
  normalize: (x) => ops.normalize(x),
  conv: (x) => ops.conv(ops.reshape(x, [1, 4, 3]), ops.reshape(x, [1, 3, 4])),
  maxPool: (x) => ops.maxPool(ops.reshape(x, [1, 6, 2]), 2),
  averagePool: (x) => ops.averagePool(ops.reshape(x, [1, 6, 2]), 2, { padding: 'same' }),
  stopGradient: ops.stopGradient,
  fabs: ops.fabs,
  cbrt: ops.cbrt,
  sinc: ops.sinc,
  angle: (x) => ops.angle(x),
  erfinv: (x) => ops.erfinv(ops.divide(x, 4)),
  heaviside: (x) => ops.heaviside(x, 1),
  fmax: (x) => ops.fmax(x, ops.where(ops.greater(x, 0), Number.NaN, x)),
  logaddexp2: (x) => ops.logaddexp2(x, tensor([1, 2, 3, 4], undefined, 'int32')),
  ldexp: (x) => ops.ldexp(x, tensor([1, -1, 0, 2], undefined, 'int32')),
  'average with weights': (x) => ops.average(x, { axis: 1, weights: tensor([1, 2, 0, 1], undefined, 'int32') }),
  correlate: (x) => ops.correlate(ops.ravel(x), tensor([1, 2, 3], undefined, 'int32')),
  quantile: (x) => ops.quantile(x, [0.25, 0.5], { axis: 1 }),
  nanmedian: (x) => ops.nanmedian(x, { axis: 1 }),
  nanvar: (x) => ops.nanvar(x, { axis: 1 }),
  nanstd: (x) => ops.nanstd(x, { axis: 0 }),
  corrcoef: ops.corrcoef,
  resize: (x) => ops.image.resize(ops.reshape(x, [3, 4, 1]), [4, 3]),
  scaleAndTranslate: (x) =>
    ops.image.scaleAndTranslate(ops.reshape(x, [3, 4, 1]), [4, 4, 1], [1.5, 1], [0, 0.5], [0, 1], 'linear'),
  gaussianBlur: (x) => ops.image.gaussianBlur(ops.reshape(x, [3, 4, 1])),
  sobelEdges: (x) => ops.image.sobelEdges(ops.reshape(x, [1, 3, 4, 1])),
  rgbToHsv: (x) => ops.image.rgbToHsv(ops.reshape(positive(x), [2, 2, 3])),
  hsvToRgb: (x) => ops.image.hsvToRgb(ops.reshape(ops.sigmoid(x), [2, 2, 3])),
  extractPatches: (x) => ops.image.extractPatches(ops.reshape(x, [3, 4, 1]), 2, { strides: 1 }),
};

/** What gives numbers or truth values of its own kind. */
const OTHER: Readonly<Record<string, readonly [(x: Tensor) => Tensor, string]>> = {
  argmax: [(x) => ops.argmax(x, 1), 'int32'],
  argsort: [(x) => ops.argsort(x, 1), 'int32'],
  greater: [(x) => ops.greater(x, 0.2), 'bool'],
  isfinite: [ops.isfinite, 'bool'],
  countNonzero: [(x) => ops.countNonzero(x), 'int32'],
};

/** Some operations round after another one. */
const BOUNDS = { bfloat16: TOLERANCES.bfloat16.relative, float16: TOLERANCES.float16.relative } as const;

describe.each<HalfType>(['bfloat16', 'float16'])('operations on %s', (dtype) => {
  it.each(Object.keys(KEPT))('%s', (name) => {
    const y = KEPT[name]!(make(dtype));
    expect(y.dtype).toBe(dtype);
    const expected = KEPT[name]!(make('float32'));
    expect(y.shape).toEqual(expected.shape);
    expectCloseToScale(y.dataSync(), expected.dataSync(), BOUNDS[dtype], name);
  });

  it.each(Object.keys(OTHER))('%s', (name) => {
    const [f, kind] = OTHER[name]!;
    const y = f(make(dtype));
    expect(y.dtype).toBe(kind);
    expect(y.dataSync()).toEqual(f(make('float32')).dataSync());
  });

  it('gradients come in the type of what they are of, near those in float32', () => {
    const loss = (x: Tensor) => ops.sum(ops.multiply(ops.softmax(ops.gelu(x)), ops.cumsum(x, 1)));
    const [x, wide] = [make(dtype), make('float32')];
    const [g] = gradient(loss(x), [x]);
    const [expected] = gradient(loss(wide), [wide]);
    expect(g!.dtype).toBe(dtype);
    expectCloseToScale(g!.dataSync(), expected!.dataSync(), 2 * BOUNDS[dtype], 'gradient');
    const [through] = gradient(ops.sum(ops.multiply(ops.cast(wide, dtype), 0.3)), [wide]);
    expect(through!.dtype).toBe('float32');
    expect(new Set(through!.dataSync())).toEqual(new Set(tensor([0.3], undefined, dtype).dataSync()));
  });

  it('keep their bits, seen as another type and back', () => {
    const x = tensor([...VALUES, -0, Infinity, -Infinity, 2 ** -24], [2, 8], dtype);
    for (const other of ['uint8', 'int32', 'float32'] as const) {
      const seen = ops.view(x, other);
      expect(seen.shape).toEqual([2, other === 'uint8' ? 16 : 4]);
      expect([...ops.view(seen, dtype).dataSync()]).toEqual([...x.dataSync()]);
    }
    expect([...ops.view(tensor([1], undefined, dtype), 'uint8').dataSync()]).toEqual(
      dtype === 'bfloat16' ? [128, 63] : [0, 60],
    );
    expect(ops.view(tensor([NaN], undefined, dtype), dtype === 'bfloat16' ? 'float16' : 'bfloat16').item()).not.toBe(0);
    const next = ops.nextafter(tensor([1, 0, -1], undefined, dtype), tensor([2, -1, 2], undefined, dtype));
    const step = dtype === 'bfloat16' ? 2 ** -7 : 2 ** -10;
    const least = dtype === 'bfloat16' ? 2 ** -133 : 2 ** -24;
    expect([...next.dataSync()]).toEqual([1 + step, -least, -1 + step / 2]);
    expect(ops.saturateCast([Infinity, NaN], dtype).dataSync()).toEqual(
      Float32Array.of(dtype === 'float16' ? 65504 : Infinity, NaN),
    );
  });

  it('with nothing in them', () => {
    const none = tensor(new Float32Array(0), [0, 3], dtype);
    expect([ops.add(none, 1).shape, ops.sum(none, 0).arraySync(), ops.exp(none).dtype]).toEqual([
      [0, 3],
      [0, 0, 0],
      dtype,
    ]);
  });
});
