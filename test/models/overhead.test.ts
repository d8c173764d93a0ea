import { describe, expect, it, vi } from 'vitest';
import { Dense, Input } from '../../src/layers/index.ts';
import { Sequential } from '../../src/models/index.ts';
import { chooseTarget } from '../../src/targets/choose.ts';
import type { Target } from '../../src/targets/target.ts';
import { CompiledFunction, tensor } from '../../src/trace/index.ts';

function xor(): Sequential {
  const model = new Sequential([
    Input({ shape: [2] }),
    new Dense(8, { activation: 'tanh' }),
    new Dense(1, { activation: 'sigmoid' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'binary_crossentropy', metrics: ['accuracy'] });
  return model;
}

const x = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
];
const y = [[0], [1], [1], [0]];

describe('what fit does beside the steps', () => {
  it('makes one program for 500 epochs, and neither memory nor another program after the first', async () => {
    const model = xor();
    const target = chooseTarget() as Required<Target>; // as if it had all there is, for `spyOn`
    const alloc = vi.spyOn(target, 'alloc');
    const load = vi.spyOn(target, 'loadParts' in target ? 'loadParts' : 'load');
    const asked = vi.spyOn(model.trainer, 'program');
    const run = vi.spyOn(CompiledFunction.prototype, 'run');
    const atEnd: number[][] = [];
    await model.fit(x, y, {
      epochs: 500,
      batchSize: 4,
      verbose: 0,
      callbacks: { onEpochEnd: () => void atEnd.push([alloc, load].map((spy) => spy.mock.calls.length)) },
    });
    const [program] = model.trainer.programs;
    const used = new Set(asked.mock.results.map((r) => r.value));
    const steps = run.mock.contexts.filter((f) => f === program!.compiled);
    vi.restoreAllMocks();
    expect(model.trainer.programs).toHaveLength(1);
    expect(used).toEqual(new Set([program]));
    expect(steps).toHaveLength(500);
    expect(atEnd).toHaveLength(500);
    expect(atEnd[0]!.every((count) => count > 0)).toBe(true);
    expect(new Set(atEnd.map(String))).toEqual(new Set([String(atEnd[0])]));
  });

  it('reads metrics once an epoch, where nobody looks at batches', async () => {
    const model = xor();
    const read = vi.spyOn(model.trainer, 'readMetrics');
    await model.fit(tensor(new Float32Array(80), [40, 2]), new Float32Array(40), {
      epochs: 3,
      batchSize: 4,
      verbose: 0,
    });
    expect(read).toHaveBeenCalledTimes(3);
  });

  it('reads metrics of a batch once, when somebody looks', async () => {
    const model = xor();
    const read = vi.spyOn(model.trainer, 'readMetrics');
    const callbacks = {
      onTrainBatchEnd: (batch: number, logs: Record<string, number>) => void (batch === 2 && { ...logs }),
    };
    await model.fit(tensor(new Float32Array(80), [40, 2]), new Float32Array(40), {
      batchSize: 4,
      verbose: 0,
      callbacks,
    });
    expect(read).toHaveBeenCalledTimes(2);
  });
});
