import { describe, OlifantError } from '../errors.ts';
import { type CustomObjects, isKerasObject, type KerasObject } from '../keras-object.ts';
import { defaultPolicy } from '../settings.ts';
import { DTypePolicy, type PolicyName } from './policy.ts';
import { DTypePolicyMap } from './policy-map.ts';

/** The object with everything that makes the policy anew, as Keras writes it. */
export function serialize(policy: DTypePolicy | DTypePolicyMap): KerasObject {
  const isMap = policy instanceof DTypePolicyMap;
  return {
    module: isMap ? 'keras.dtype_policies' : 'keras',
    class_name: isMap ? 'DTypePolicyMap' : 'DTypePolicy',
    config: policy.getConfig(),
    registered_name: null,
  };
}

/**
 * A policy from what `serialize` gives.
 *
 * @throws OlifantError `UNSUPPORTED` for quantized policies.
 */
export function deserialize(config: unknown, _customObjects: CustomObjects = {}): DTypePolicy | DTypePolicyMap {
  if (!isKerasObject(config))
    throw new OlifantError('INVALID_CONFIG', `dtype policy: expected { class_name, config }, got ${describe(config)}`);
  const { class_name: name } = config;
  if (name === 'DTypePolicy' || name === 'FloatDTypePolicy') return DTypePolicy.fromConfig(config.config);
  if (name === 'DTypePolicyMap') return DTypePolicyMap.fromConfig(config.config);
  throw new OlifantError(
    'UNSUPPORTED',
    `dtype policy: the class '${name}' is not there; known: DTypePolicy, DTypePolicyMap. Quantized policies are not there yet`,
  );
}

/** The policy of a name, of a saved policy, of itself; of nothing that of `config.setDtypePolicy`. */
export function get(identifier?: unknown): DTypePolicy | DTypePolicyMap {
  const given = identifier ?? defaultPolicy();
  if (given instanceof DTypePolicy || given instanceof DTypePolicyMap) return given;
  return typeof given === 'string' ? new DTypePolicy(given as PolicyName) : deserialize(given);
}
