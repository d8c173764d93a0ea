import { afterAll, expect } from 'vitest';
import { forgetCustomObjects } from '../../src/custom-objects.ts';
import { defaultPolicy, epsilon, floatx, imageDataFormat, maxEpochs, maxStepsPerEpoch } from '../../src/settings.ts';
import { clearSession } from '../../src/trace/names.ts';

// Files share a process: each begins as if it were the first one.

/** What a file could change for the next one. */
function state() {
  return {
    folder: process.cwd(),
    environment: Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('OLIFANT_'))),
    settings: [policyName(), epsilon(), floatx(), imageDataFormat(), maxEpochs(), maxStepsPerEpoch()],
  };
}

function policyName(): string {
  const policy = defaultPolicy();
  return typeof policy === 'string' ? policy : (policy as { name: string }).name;
}

const found = state();
afterAll(() => {
  forgetCustomObjects();
  clearSession();
  expect(state(), 'a test file leaves the process as it was, for the next one').toEqual(found);
});
