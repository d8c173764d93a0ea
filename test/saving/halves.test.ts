import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadModel } from '../../src/index.ts';
import { fromGolden, type GoldenTensor, golden } from '../ops/golden.ts';
import { expectCloseToScale } from '../support/close.ts';
import { TOLERANCES } from '../support/tolerances.ts';

interface Case {
  readonly name: string;
  readonly input: GoldenTensor;
  readonly dtype: string;
  readonly output: readonly number[];
  readonly weights: readonly (readonly number[])[];
  readonly dtypes: readonly string[];
}

describe.each(golden<Case>('halves').cases)('a file of real Keras with the policy $name', (c) => {
  it('has its weights, and predicts the same; so does a file of ours', async () => {
    const bytes = readFileSync(new URL(`../golden/models/${c.name}.keras`, import.meta.url));
    const model = await loadModel(new Uint8Array(bytes));
    for (const m of [model, await loadModel(await model.save())]) {
      expect(m.weights.map((v) => v.dtype)).toEqual(c.dtypes);
      // Four digits in the golden file.
      m.weights.forEach((v, i) => expectCloseToScale(v.read(), c.weights[i]!, 1e-3, v.path));
      const y = await m.predict(fromGolden(c.input), { verbose: 0 });
      expect(y.dtype).toBe(c.dtype);
      expectCloseToScale(y.dataSync(), c.output, TOLERANCES[c.dtype as 'bfloat16' | 'float16'].relative, 'predictions');
    }
    expect(model.weights.map((v) => v.read())).toEqual(
      (await loadModel(await model.save())).weights.map((v) => v.read()),
    );
  });
});
