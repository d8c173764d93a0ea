import { mergeConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** A cut through every room, in seconds: what breaks most often breaks here. */
const FILES = [
  'test/house/rooms.test.ts',
  'test/house/source.test.ts',
  'test/cli/arguments.test.ts',
  'test/callbacks/progress-bar.test.ts',
  'test/layers/core.test.ts',
  'test/layers/convolution.test.ts',
  'test/layers/normalization.test.ts',
  'test/models/fit.test.ts',
  'test/ops/nn.test.ts',
  'test/trace/tensor.test.ts',
  'test/schedule/random-graphs.test.ts',
  'test/transform/gradient-primitives.test.ts',
  'test/codegen/x64-control.test.ts',
  'test/asm/x64.test.ts',
  'test/graph/spec.test.ts',
];

const { test, ...rest } = config as { test: { projects: unknown } };
export default mergeConfig(rest, { test: { ...test, projects: undefined, include: FILES, isolate: false } });
