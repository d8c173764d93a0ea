import { describe, expect, it } from 'vitest';
import { golden } from './golden.ts';
import { type Case, expectAsKeras, title } from './golden-cases.ts';

const { cases } = golden<Case>('ops_numpy');

describe('operations compute what Keras does', () => {
  it.each(cases.map((c, i) => [title(c, i), c] as const))('%s', (_, c) => {
    expectAsKeras(c);
  });

  it('has cases', () => {
    expect(cases.length).toBeGreaterThan(100);
  });
});
