import { describe, expect, it } from 'vitest';
import {
  Bidirectional,
  type Config,
  deserializeLayer,
  type Layer,
  type RNN,
  TimeDistributed,
} from '../../src/layers/index.ts';
import { maskOf } from '../../src/layers/mask.ts';
import { flatten, type Struct } from '../../src/layers/struct.ts';
import * as ops from '../../src/ops/index.ts';
import { compileFunction, type Tensor } from '../../src/trace/index.ts';
import { fromGolden, type GoldenTensor, golden, numbers } from '../ops/golden.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';

interface Call {
  readonly reset: boolean;
  readonly input: GoldenTensor;
  readonly states: readonly GoldenTensor[] | null;
  readonly mask: GoldenTensor | null;
  readonly outputs: readonly GoldenTensor[];
  readonly masks: readonly (GoldenTensor | null)[];
}

interface Case {
  readonly name: string;
  readonly class_name: string;
  readonly config: Config;
  readonly shape: readonly number[];
  readonly weights: readonly (GoldenTensor & { readonly path: string })[];
  readonly calls: readonly Call[];
}

const { cases } = golden<Case>('recurrent');

function build(c: Case): Layer {
  const layer = deserializeLayer({ module: 'keras.layers', class_name: c.class_name, config: c.config });
  layer.ensureBuilt(c.shape);
  layer.setWeights(c.weights.map(fromGolden));
  return layer;
}

const maskTensor = (t: GoldenTensor) => ops.cast(fromGolden(t), 'bool');

function expectOutputs(got: readonly ArrayLike<number>[], call: Call, what: string): void {
  expect(got.length, what).toBe(call.outputs.length);
  call.outputs.forEach((y, i) => {
    expectCloseToScale(got[i]!, numbers(y), TOLERANCES.layer.relative, `${what}, output ${i}`);
  });
}

describe.each(cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
  it('gives what Keras does, call after call, with its masks', () => {
    const layer = build(c);
    expect(layer.weights.map((v) => v.path)).toEqual(c.weights.map((w) => w.path));
    c.calls.forEach((call, n) => {
      if (call.reset) (layer as RNN).resetState();
      const made = layer.apply<Struct<Tensor>>(fromGolden(call.input), {
        initialState: call.states?.map(fromGolden),
        mask: call.mask === null ? undefined : maskTensor(call.mask),
      });
      const outputs = flatten<Tensor>(made);
      expectOutputs(
        outputs.map((t) => t.dataSync()),
        call,
        `call ${n}`,
      );
      const shapes = layer.computeOutputShape(c.shape);
      expect(flatten<Tensor>(made).map((t) => t.shape)).toEqual(
        Array.isArray(shapes[0]) ? flatShapes(shapes) : [shapes],
      );
      expect(outputs.map((t) => maskOf(t)?.arraySync() ?? null)).toEqual(
        call.masks.map((m) => (m === null ? null : maskTensor(m).arraySync())),
      );
    });
  });

  it('gives the same in a compiled function, states included', () => {
    const layer = build(c);
    const [first] = c.calls;
    const same = c.calls.filter((call) => !call.states === !first!.states && !call.mask === !first!.mask);
    const inputs = [first!.input, ...(first!.states ?? [])];
    const f = compileFunction(
      (x, ...states) => {
        const mask = first!.mask === null ? undefined : maskTensor(first!.mask);
        const initialState = states.length === 0 ? undefined : states;
        return flatten<Tensor>(layer.apply<Struct<Tensor>>(x!, { initialState, mask }));
      },
      inputs.map((t) => ({ shape: t.shape, dtype: 'float32' as const })),
    );
    const kept = 'stateful' in layer && layer.stateful === true;
    for (const [n, call] of (kept ? c.calls.slice(0, prefix(c, same)) : same).entries()) {
      [call.input, ...(call.states ?? [])].forEach((t, i) => {
        f.input(i).set(numbers(t));
      });
      f.run();
      expectOutputs(
        call.outputs.map((_, i) => f.output(i)),
        call,
        `run ${n}`,
      );
    }
    f.dispose();
  });
});

/** How many of the first calls are alike, so that one program can make them. */
function prefix(c: Case, same: readonly Call[]): number {
  const other = c.calls.findIndex((call) => !same.includes(call) || call.reset);
  return other < 0 ? c.calls.length : other;
}

function flatShapes(shapes: unknown): unknown[] {
  return (shapes as unknown[]).flatMap((s) => ((s as unknown[]).some(Array.isArray) ? flatShapes(s) : [s]));
}

it('covers every layer that has states', () => {
  const names = new Set(cases.map((c) => c.class_name));
  for (const cls of [Bidirectional, TimeDistributed]) expect(names).toContain(cls.className);
  for (const name of ['LSTM', 'GRU', 'SimpleRNN', 'RNN', 'ConvLSTM1D', 'ConvLSTM2D']) expect(names).toContain(name);
});
