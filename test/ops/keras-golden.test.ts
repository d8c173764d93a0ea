import { describe, expect, it } from 'vitest';
import { golden } from './golden.ts';
import { type Case, expectAsKeras, title } from './golden-cases.ts';

const FAMILIES = ['ops_elementwise', 'ops_arrays', 'ops_reduce', 'ops_nn'];

/** Of 0 and -0, a processor's own instruction for the larger one gives either; so does XLA. */
const EITHER_ZERO = new Set(['max', 'min', 'amax', 'amin', 'maximum', 'minimum']);

describe.each(FAMILIES)('operations compute what Keras does: %s', (family) => {
  const { cases } = golden<Case>(family);

  it.each(cases.map((c, i) => [title(c, i), c] as const))('%s', (_, c) => {
    expectAsKeras(c, { signs: family !== 'ops_nn' && !EITHER_ZERO.has(c.op) });
  });

  it('has cases', () => {
    expect(cases.length).toBeGreaterThan(50);
  });
});
