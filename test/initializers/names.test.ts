import { expect, it } from 'vitest';
import * as constraints from '../../src/constraints/index.ts';
import * as initializers from '../../src/initializers/index.ts';
import * as metrics from '../../src/metrics/index.ts';
import * as regularizers from '../../src/regularizers/index.ts';

it('lower-case names make what the classes make', () => {
  expect(initializers.heNormal({ seed: 3 }).getConfig()).toEqual(new initializers.HeNormal({ seed: 3 }).getConfig());
  expect(initializers.constant(2)).toBeInstanceOf(initializers.Constant);
  expect(initializers.zeros().call([2])).toEqual(new Float32Array(2));
  expect(initializers.stft({ side: 'imag' }).side).toBe('imag');
  expect(initializers.OrthogonalInitializer).toBe(initializers.Orthogonal);
  expect(constraints.maxNorm(3).getConfig()).toEqual({ max_value: 3, axis: 0 });
  expect(constraints.minMaxNorm({ rate: 0.5 })).toBeInstanceOf(constraints.MinMaxNorm);
  expect(constraints.nonNeg()).toBeInstanceOf(constraints.NonNeg);
  expect(constraints.unitNorm({ axis: 1 }).getConfig()).toEqual({ axis: 1 });
  expect(regularizers.orthogonalRegularizer({ factor: 0.25 }).getConfig()).toEqual({ factor: 0.25, mode: 'rows' });
  expect(metrics.hinge([1, -1], [0.5, 0.5]).item()).toBe(1);
});

it('every id names an object of its module', () => {
  for (const id of ['one', 'zero', 'normal', 'uniform', 'IdentityInitializer', 'STFTInitializer'] as const)
    expect(initializers.get(id)).toBeInstanceOf(initializers.Initializer);
  expect(() => initializers.get('he_norml' as never)).toThrow(/Did you mean 'he_normal'/);
});
