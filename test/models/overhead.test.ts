import { describe, expect, it, vi } from 'vitest';
import { Dense, Input } from '../../src/layers/index.ts';
import { Sequential } from '../../src/models/index.ts';
import { tensor } from '../../src/trace/index.ts';

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
  it('takes less than 0.1 ms an epoch', async () => {
    const model = xor();
    await model.fit(x, y, { verbose: 0 });
    let best = Number.POSITIVE_INFINITY;
    // Other processes take their share: the best of some runs counts.
    for (let i = 0; i < 8; i++) {
      const start = performance.now();
      await model.fit(x, y, { epochs: 500, batchSize: 4, verbose: 0 });
      best = Math.min(best, performance.now() - start);
    }
    expect(best).toBeLessThan(50);
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
