export { SeedGenerator } from '../trace/seed-generator.ts';
export { beta } from './beta.ts';
export { binomial } from './binomial.ts';
export {
  categorical,
  dropout,
  normal,
  randint,
  type SampleOptions,
  shuffle,
  truncatedNormal,
  uniform,
} from './distributions.ts';
export { gamma } from './gamma.ts';
export type { Seed } from './seed.ts';
