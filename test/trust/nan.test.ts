import { afterEach, describe, expect, it, vi } from 'vitest';
import { TerminateOnNaN } from '../../src/callbacks/index.ts';
import { OlifantError } from '../../src/errors.ts';
import { BatchNormalization, Dense, Input, Layer, LayerNormalization, Softmax } from '../../src/layers/index.ts';
import { type Model, Sequential } from '../../src/models/index.ts';
import { NanTracer } from '../../src/models/nan-tracer.ts';
import * as ops from '../../src/ops/index.ts';
import { Adam, SGD } from '../../src/optimizers/index.ts';
import { setRandomSeed, type Tensor, tensor } from '../../src/trace/index.ts';

const ROWS = 6;
const FEATURES = 3;
/** Ordinary numbers of both signs. */
const ordinary = Float32Array.from({ length: ROWS * FEATURES }, (_, i) => Math.sin(i + 1));

/** A layer that computes one thing. */
class Does extends Layer {
  readonly f: (x: Tensor) => Tensor;
  constructor(f: (x: Tensor) => Tensor) {
    super({ name: 'culprit' });
    this.f = f;
  }
  override call(x: Tensor): Tensor {
    return this.f(x);
  }
  override computeOutputShape(shape: readonly (number | null)[]) {
    return shape;
  }
}

interface BlowUp {
  readonly what: string;
  /** After the input, before the last Dense. */
  readonly layers?: () => Layer[];
  readonly x?: Float32Array;
  readonly optimizer?: () => SGD | Adam;
  readonly loss?: (yTrue: Tensor, yPred: Tensor) => Tensor;
  readonly prepare?: (model: Model) => void;
  /** What the message must name beside the step: the layer (or where else it began), and the operation. */
  readonly says: RegExp;
  /** Default: the first step of the first epoch. */
  readonly step?: string;
}

const does = (what: string, f: (x: Tensor) => Tensor, says: RegExp, more: Partial<BlowUp> = {}): BlowUp => ({
  what,
  layers: () => [new Does(f)],
  says,
  ...more,
});

/** Rows 4 and 5 are of another kind. */
const late = Float32Array.from({ length: ROWS * FEATURES }, (_, i) => (i < 12 ? 1 + i : -1));

const BLOW_UPS: BlowUp[] = [
  does('the logarithm of negative numbers', ops.log, /'culprit'.*log.*NaN/),
  does('the logarithm of 0', (x) => ops.log(ops.multiply(x, 0)), /'culprit'.*log.*infinite/),
  does('the logarithm of 1 + x below -1', (x) => ops.log1p(ops.multiply(x, 3)), /'culprit'.*log1p.*NaN/),
  does('the root of negative numbers', ops.sqrt, /'culprit'.*sqrt.*NaN/),
  does('a broken power of negative numbers', (x) => ops.power(x, 0.5), /'culprit'.*NaN/),
  does('0 / 0', (x) => ops.divide(ops.multiply(x, 0), ops.multiply(x, 0)), /'culprit'.*div.*NaN/),
  does('1 / 0', (x) => ops.divide(1, ops.multiply(x, 0)), /'culprit'.*infinite/),
  does('the arc cosine of 2', (x) => ops.arccos(ops.add(ops.multiply(x, 0), 2)), /'culprit'.*NaN/),
  does('an exponential that overflows', (x) => ops.exp(ops.multiply(x, 1000)), /'culprit'.*exp.*infinite/),
  does('a square that overflows', (x) => ops.square(ops.multiply(x, 1e30)), /'culprit'.*infinite/),
  does(
    'infinite minus infinite',
    (x) => {
      const big = ops.exp(ops.add(ops.multiply(x, 0), 100));
      return ops.subtract(big, big);
    },
    /'culprit'.*exp.*infinite/,
  ),
  does(
    'a norm that divides by 0',
    (x) => ops.divide(ops.subtract(x, x), ops.norm(ops.multiply(x, 0), { axis: -1, keepdims: true } as never)),
    /'culprit'.*NaN/,
  ),
  {
    what: 'a root whose gradient at 0 is infinite',
    layers: () => [new Dense(3), new Does((x) => ops.sqrt(ops.multiply(x, 0)))],
    says: /'culprit'.*infinite|'culprit'.*NaN/,
  },
  does(
    'a loop that grows',
    (x) => {
      const { carry } = ops.scan(
        ([s]) => ({ carry: [ops.multiply(s!, s!)], outputs: [] }),
        [ops.multiply(x, 1e5)],
        [ops.zeros([8, 1])],
      );
      return carry[0]!;
    },
    /culprit/,
  ),
  does('the logarithm of what is negative in the third batch', ops.log, /'culprit'.*log.*NaN/, {
    x: late,
    step: 'step 3 of epoch 1',
  }),
  {
    what: 'a softmax of infinite values',
    x: ordinary.map((v, i) => (i === 4 ? Infinity : v)),
    layers: () => [new Softmax({ name: 'culprit' } as never)],
    says: /x0 was already infinite before the step/,
    step: 'step 1 of epoch 1',
  },
  {
    what: 'layer normalization of infinite values',
    x: ordinary.map((v) => v * 1e39),
    layers: () => [new LayerNormalization({ name: 'culprit' } as never)],
    says: /x0 was already infinite/,
  },
  {
    what: 'batch normalization of infinite values',
    x: ordinary.map((v) => v * 1e39),
    layers: () => [new BatchNormalization({ name: 'culprit' } as never)],
    says: /x0 was already infinite/,
  },
  {
    what: 'a learning rate that explodes',
    optimizer: () => new SGD(1e30),
    says: /began in '(last|loss)'/,
    step: 'of epoch 1',
  },
  {
    what: 'a learning rate that explodes slowly',
    optimizer: () => new SGD(50),
    layers: () => [new Dense(8, { name: 'culprit' })],
    says: /began in '(culprit|last|loss)'/,
    step: 'of epoch',
  },
  {
    what: 'an optimizer that divides by 0',
    optimizer: () => new Adam({ epsilon: 0 }),
    layers: () => [new Does((x) => ops.multiply(x, 0))],
    loss: (t, p) => ops.mean(ops.multiply(ops.subtract(p, t), 0), { axis: -1 } as never),
    says: /'optimizer', where div.*NaN/,
  },
  {
    what: 'a loss that divides by the targets',
    loss: (t, p) => ops.mean(ops.divide(ops.subtract(p, t), ops.multiply(t, 0)), { axis: -1 } as never),
    says: /'loss'.*(div|infinite|NaN)/,
  },
  {
    what: 'a loss with a logarithm',
    loss: (_, p) => ops.mean(ops.log(ops.subtract(p, 100)), { axis: -1 } as never),
    says: /'loss', where log.*NaN/,
  },
  {
    what: 'weights that were NaN before',
    prepare: (m) => m.setWeights([tensor([[Number.NaN], [0], [0]]), tensor([0])]),
    says: /last\/kernel was already NaN before the step/,
  },
  {
    what: 'a regularizer that overflows',
    layers: () => [
      new Dense(3, {
        name: 'culprit',
        kernelRegularizer: { call: (w: Tensor) => ops.sum(ops.exp(ops.add(ops.abs(w), 100))) },
      }),
    ],
    says: /exp.*infinite/,
  },
  {
    what: 'an activity regularizer that overflows',
    layers: () => [
      new Dense(3, {
        name: 'culprit',
        activityRegularizer: { call: (a: Tensor) => ops.sum(ops.exp(ops.add(ops.abs(a), 100))) },
      }),
    ],
    says: /'culprit', where exp.*infinite/,
  },
];

function build({ layers, optimizer, loss, prepare }: BlowUp): Model {
  setRandomSeed(4);
  const model = new Sequential([Input({ shape: [FEATURES] }), ...(layers?.() ?? []), new Dense(1, { name: 'last' })]);
  model.compile({ optimizer: optimizer?.() ?? new SGD(0.01), loss: loss ?? 'mse' });
  prepare?.(model);
  return model;
}

const data = (b: BlowUp) => tensor(b.x ?? ordinary, [ROWS, FEATURES]);
const y = tensor(new Float32Array(ROWS).fill(1), [ROWS, 1]);
const options = { verbose: 0, shuffle: false, batchSize: 2, epochs: 30 } as const;

afterEach(() => {
  vi.restoreAllMocks();
});

describe('a number that is not finite', () => {
  for (const b of BLOW_UPS) {
    it(`is followed to where it began: ${b.what}`, async () => {
      const error = await build(b)
        .fit(data(b), y, { ...options, debugNaN: true })
        .then(
          () => null,
          (e: unknown) => e,
        );
      expect(error).toBeInstanceOf(OlifantError);
      expect(error).toMatchObject({ code: 'NOT_FINITE' });
      expect((error as Error).message).toMatch(b.says);
      expect((error as Error).message).toContain(b.step ?? 'step 1 of epoch 1');
    });

    it(`ends an ordinary training by TerminateOnNaN, which looks at nothing else: ${b.what}`, async () => {
      vi.spyOn(process.stdout, 'write').mockReturnValue(true);
      const looked = vi.spyOn(NanTracer.prototype, 'before');
      const model = build(b);
      const { history, epoch } = await model.fit(data(b), y, { ...options, callbacks: [new TerminateOnNaN()] });
      expect(Number.isFinite(history.loss!.at(-1))).toBe(false);
      expect(epoch.length).toBeLessThan(options.epochs);
      expect(model.stopTraining).toBe(true);
      expect(looked).not.toHaveBeenCalled();
    });
  }
});
