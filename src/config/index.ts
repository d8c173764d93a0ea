import { DTypePolicy, DTypePolicyMap, get, type PolicyName } from '../dtype-policies/index.ts';
import { describe, OlifantError } from '../errors.ts';
import { flag, setDefaultPolicy, setFlag } from '../settings.ts';

export {
  epsilon,
  type FloatType,
  floatx,
  type ImageDataFormat,
  imageDataFormat,
  maxEpochs,
  maxStepsPerEpoch,
  setEpsilon,
  setFloatx,
  setImageDataFormat,
  setMaxEpochs,
  setMaxStepsPerEpoch,
} from '../settings.ts';

/** The policy of layers that are told none. Default: that of `floatx`, `'float32'` at first. */
export const dtypePolicy = (): DTypePolicy | DTypePolicyMap => get();

/** Sets the policy of layers that are made from now on and are told none. */
export function setDtypePolicy(policy: DTypePolicy | DTypePolicyMap | PolicyName): void {
  setDefaultPolicy(policy instanceof DTypePolicyMap || policy instanceof DTypePolicy ? policy : get(policy));
}

/** What computes: `'olifant'`, its own compiler. */
export const backend = (): 'olifant' => 'olifant';

/** @throws OlifantError `UNSUPPORTED` for another backend; `OLIFANT_TARGET` chooses what code is made for. */
export function setBackend(name: string): void {
  if (name !== 'olifant')
    throw new OlifantError(
      'UNSUPPORTED',
      `setBackend: there is one backend, 'olifant', got ${describe(name)}; the environment variable OLIFANT_TARGET chooses between targets`,
    );
}

/** Accepted, as in Keras; progress goes where `verbose` says. */
export const enableInteractiveLogging = (): void => setFlag('interactiveLogging', true);
export const disableInteractiveLogging = (): void => setFlag('interactiveLogging', false);
export const isInteractiveLoggingEnabled = (): boolean => flag('interactiveLogging') === true;

/** Accepted, as in Keras; stacks are JavaScript's and whole. */
export const enableTracebackFiltering = (): void => setFlag('tracebackFiltering', true);
export const disableTracebackFiltering = (): void => setFlag('tracebackFiltering', false);
export const isTracebackFilteringEnabled = (): boolean => flag('tracebackFiltering') === true;

/** Accepted, as in Keras; the compiler decides how attention is computed, and the numbers are the same. */
export const enableFlashAttention = (): void => setFlag('flashAttention', true);
export const disableFlashAttention = (): void => setFlag('flashAttention', false);
/** Null where nobody has decided. */
export const isFlashAttentionEnabled = (): boolean | null => flag('flashAttention');

/** Flax's modules are a matter of JAX: always false. */
export const isNnxEnabled = (): boolean => false;

/** @throws OlifantError `UNSUPPORTED`: files cannot hold code that could be run here. */
export function enableUnsafeDeserialization(): void {
  throw new OlifantError(
    'UNSUPPORTED',
    'enableUnsafeDeserialization: code of Python in files (Lambda layers) cannot be run here; give the function as a custom object',
  );
}
