export { deserialize, get, serialize } from './get.ts';
export { DTypePolicy, FloatDTypePolicy, type PolicyName } from './policy.ts';
export { DTypePolicyMap } from './policy-map.ts';
