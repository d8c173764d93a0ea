export { customObjectScope, registerKerasSerializable } from '../custom-objects.ts';
export { registerLayer } from '../layers/registry.ts';
export { clearSession } from '../trace/names.ts';
export { setRandomSeed } from '../trace/random-host.ts';
export { Cross, Feature, type FeatureMode } from './feature.ts';
export { type FeatureKind, FeatureSpace, type FeatureSpaceOptions } from './feature-space.ts';
export { normalize, toCategorical } from './numpy-utils.ts';
