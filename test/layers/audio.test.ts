import { describe, expect, it } from 'vitest';
import { Input, layers, loadModel, Model, ops, tensor } from '../../src/index.ts';
import type { Tensor } from '../../src/trace/index.ts';

const { MelSpectrogram, STFTSpectrogram } = layers;
const tone = (length: number): Tensor => ops.sin(ops.multiply(ops.arange(0, length), 0.7));

describe('STFTSpectrogram', () => {
  it('starts as the Fourier transform of windows', () => {
    const x = tone(33);
    const layer = new STFTSpectrogram({ mode: 'stft', frameLength: 8, frameStep: 4, periodic: true, scaling: null });
    const y = layer.apply(ops.reshape(x, [1, 33, 1]));
    const [re, im] = ops.stft(x, 8, 4, 8, { center: false });
    const expected = ops.concatenate([re, im], 1).dataSync();
    expect(y.shape).toEqual([1, 7, 10]);
    y.dataSync().forEach((v, i) => {
      expect(Math.abs(v - expected[i]!)).toBeLessThan(2e-6);
    });
  });

  it('is trained, saved and loaded, with batches and times that are not known', async () => {
    const input = Input({ shape: [null, 2] });
    const y = new STFTSpectrogram({ frameLength: 4, mode: 'magnitude', expandDims: true }).apply(input);
    expect(y.shape).toEqual([null, null, 3, 2]);
    const model = new Model({ inputs: input, outputs: y });
    model.compile({ optimizer: 'sgd', loss: 'mse' });
    const x = ops.reshape(tone(48), [2, 12, 2]);
    const before = model.getWeights().map((w) => Array.from(w.dataSync()));
    await model.fit(x, ops.ones([2, 5, 3, 2]), { verbose: 0 });
    const after = model.getWeights().map((w) => Array.from(w.dataSync()));
    expect(after).not.toEqual(before);
    const again = (await loadModel(await model.save())) as Model;
    expect((await again.predict(x, { verbose: 0 })).arraySync()).toEqual(
      (await model.predict(x, { verbose: 0 })).arraySync(),
    );
    expect((await again.predict(ops.reshape(tone(90), [3, 15, 2]), { verbose: 0 })).shape).toEqual([3, 6, 3, 2]);
  });

  it('refuses what does not fit', () => {
    expect(() => new STFTSpectrogram({ frameLength: 4, frameStep: 5 })).toThrow(/frameStep must not be greater/);
    expect(() => new STFTSpectrogram({ frameLength: 4, fftLength: 2 })).toThrow(/fftLength must be at least/);
    expect(() => new STFTSpectrogram({ mode: 'power' as never })).toThrow(/STFTSpectrogram: .*mode/);
    expect(() => new STFTSpectrogram({ window: 'round' })).toThrow(/window must be/);
    expect(() => new STFTSpectrogram().apply(ops.zeros([2, 300]))).toThrow(/3 axes|ndim|axes/);
    expect(() => new STFTSpectrogram().apply(ops.zeros([2, 300, 1], 'int32'))).toThrow(/floating dtype, got int32/);
  });
});

describe('MelSpectrogram', () => {
  it('takes one signal or a batch of any size, and is saved', async () => {
    const layer = new MelSpectrogram({ fftLength: 16, sequenceStride: 5, numMelBins: 4, powerToDb: false });
    const one = layer.apply(tone(33));
    expect(one.shape).toEqual([4, 7]);
    const batch = layer.apply(ops.stack([tone(33), tone(33)]));
    expect(batch.shape).toEqual([2, 4, 7]);
    expect(Array.from(batch.dataSync().slice(28))).toEqual(Array.from(one.dataSync()));
    const input = Input({ shape: [33] });
    const model = new Model({ inputs: input, outputs: layer.apply(input) });
    const again = (await loadModel(await model.save())) as Model;
    const y = await again.predict(ops.stack([tone(33), tone(33), tone(33)]), { batchSize: 2, verbose: 0 });
    expect(Array.from(y.dataSync().slice(0, 28))).toEqual(Array.from(one.dataSync()));
  });

  it('gives the lowest decibels for silence, and NaN for NaN', () => {
    const layer = new MelSpectrogram({ fftLength: 16, sequenceStride: 8, numMelBins: 3 });
    expect(new Set(layer.apply(ops.zeros([1, 32])).dataSync())).toEqual(new Set([-100]));
    expect(
      layer
        .apply(tensor(new Float32Array(32).fill(Number.NaN), [1, 32]))
        .dataSync()
        .every(Number.isNaN),
    ).toBe(true);
  });

  it('refuses what does not fit', () => {
    expect(() => new MelSpectrogram({ fftLength: 8, sequenceLength: 9 })).toThrow(/fftLength must be at least/);
    expect(() => new MelSpectrogram({ minFreq: 9000 })).toThrow(/maxFreq must be greater than minFreq/);
    expect(() => new MelSpectrogram({ window: [1, 2] })).toThrow(/2048 numbers/);
  });
});
