import { describe, expect, it } from 'vitest';
import { Input, layers, Model, Sequential, tensor } from '../../src/index.ts';
import { loadModel, saveModelToBytes } from '../../src/saving/index.ts';
import type { Tensor } from '../../src/trace/index.ts';
import { configOf } from './files.ts';

const { Concatenate, Dense, TimeDistributed } = layers;

const x = tensor([
  [1, -2, 3],
  [0.5, 1, -1],
]);
const predicted = async (model: Model) => (await model.predict<Tensor>(x, { verbose: 0 })).arraySync();

describe('layers that stand in several places of a file', () => {
  it('come back as one, with one set of weights', async () => {
    const shared = new Dense(3, { activation: 'tanh', name: 'shared' });
    const a = Input({ shape: [3] });
    const inner = new Model({ inputs: a, outputs: shared.apply(shared.apply(a)), name: 'inner' });
    const b = Input({ shape: [3] });
    // Called before and after the model that has it, too.
    const outputs = new Concatenate().apply([shared.apply(b), inner.apply(shared.apply(b)), inner.apply(b)]);
    const model = new Model({ inputs: b, outputs });
    const again = (await loadModel(await saveModelToBytes(model))) as Model;
    expect(await predicted(again)).toEqual(await predicted(model));
    expect(again.weights).toHaveLength(2);
    again.compile({ optimizer: 'sgd', loss: 'mse' });
    await again.fit(x, tensor(new Float32Array(18), [2, 9]), { verbose: 0 });
    expect(again.getLayer('shared')).toBe((again.getLayer('inner') as Model).getLayer('shared'));
    const twice = (await loadModel(await saveModelToBytes(again))) as Model;
    expect(await predicted(twice)).toEqual(await predicted(again));
  });

  it('are one in wrappers and in models of one input, too', async () => {
    const tail = new Sequential([Input({ shape: [3] }), new Dense(3)], { name: 'tail' });
    const a = Input({ shape: [3] });
    const encoder = new Model({ inputs: a, outputs: tail.apply(a), name: 'encoder' });
    const steps = Input({ shape: [2, 3] });
    const model = new Model({
      inputs: [a, steps],
      outputs: [tail.apply(encoder.apply(a)), new TimeDistributed(tail).apply(steps)],
    });
    const again = (await loadModel(await saveModelToBytes(model))) as Model;
    expect(again.weights).toHaveLength(2);
    expect(again.inputNames).toEqual(model.inputNames);
  });

  it('have an id only where there is more than one of them', async () => {
    const model = new Sequential([Input({ shape: [3] }), new Dense(2), new Dense(2)]);
    expect(JSON.stringify(configOf(await saveModelToBytes(model)))).not.toContain('shared_object_id');
  });
});
