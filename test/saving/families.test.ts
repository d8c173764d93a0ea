import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadModel, saveModelToBytes } from '../../src/saving/index.ts';
import type { Tensor } from '../../src/trace/index.ts';
import { type GoldenTensor, toArray, toTensor, unlist } from '../models/golden.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';
import { configOf, withoutIds } from './files.ts';

const folder = new URL('../golden/families/', import.meta.url);
const names = readdirSync(folder)
  .filter((f) => f.endsWith('.keras'))
  .map((f) => f.slice(0, -'.keras'.length));

interface Family {
  readonly inputs: GoldenTensor[];
  readonly predictions: GoldenTensor[];
  readonly paths: string[];
}

describe.each(names)('%s.keras of real Keras', (name) => {
  const bytes = new Uint8Array(readFileSync(new URL(`${name}.keras`, folder)));
  const { inputs, predictions, paths }: Family = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'));

  it('predicts what it predicts there, before and after a file of ours', async () => {
    const model = await loadModel(bytes);
    const floats = model.weights.filter((v) => v.dtype === 'float32');
    expect(floats.map((v) => v.path)).toEqual(paths);
    for (const m of [model, await loadModel(await saveModelToBytes(model))]) {
      const got = [await m.predict<Tensor | Tensor[]>(unlist(inputs.map(toTensor)), { verbose: 0 })].flat();
      expect(got.map((t) => t.shape)).toEqual(predictions.map((p) => p.shape));
      predictions.forEach((p, i) => {
        expectCloseToScale(
          got[i]!.dataSync(),
          toArray(p),
          TOLERANCES.prediction.relative,
          `output ${i}, of ${m.outputNames?.[i]}`,
        );
      });
    }
  });

  it('is written with the same configuration', async () => {
    const written = configOf(await saveModelToBytes(await loadModel(bytes)));
    expect(withoutIds(written)).toEqual(withoutIds(configOf(bytes)));
  });
});
