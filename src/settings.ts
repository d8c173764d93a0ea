import { describe, OlifantError } from './errors.ts';

/** What `keras.config` sets for the whole process. `config/` is its public side. */

export type ImageDataFormat = 'channels_last' | 'channels_first';

export type FloatType = 'float32' | 'bfloat16' | 'float16';

interface Settings {
  epsilon: number;
  imageDataFormat: ImageDataFormat;
  maxEpochs: number | null;
  maxStepsPerEpoch: number | null;
  /** The type of floating numbers that are told none. */
  floatx: FloatType;
  /** The name of the dtype policy of layers that are told none, or a policy; null: that of `floatx`. */
  dtypePolicy: unknown;
  flags: Record<Flag, boolean | null>;
}

/** Whether lines go to the terminal, stacks hide frames of the library, attention may be fused. */
export type Flag = 'interactiveLogging' | 'tracebackFiltering' | 'flashAttention';

const settings: Settings = {
  epsilon: 1e-7,
  imageDataFormat: 'channels_last',
  maxEpochs: null,
  maxStepsPerEpoch: null,
  floatx: 'float32',
  dtypePolicy: null,
  flags: { interactiveLogging: true, tracebackFiltering: true, flashAttention: null },
};

/** The small number that keeps logarithms and quotients finite. */
export const epsilon = (): number => settings.epsilon;

/** @throws OlifantError `INVALID_ARGUMENT` for what is no positive number. */
export function setEpsilon(value: number): void {
  if (typeof value !== 'number' || !(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new OlifantError('INVALID_ARGUMENT', `setEpsilon: expected a number above 0, got ${describe(value)}`);
  settings.epsilon = value;
}

/** Where the channels of images are, for layers and operations that are not told. */
export const imageDataFormat = (): ImageDataFormat => settings.imageDataFormat;

/** @throws OlifantError `INVALID_ARGUMENT` for another word. */
export function setImageDataFormat(value: ImageDataFormat): void {
  if (value !== 'channels_last' && value !== 'channels_first')
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `setImageDataFormat: expected 'channels_last' or 'channels_first', got ${describe(value)}`,
    );
  settings.imageDataFormat = value;
}

function limit(name: string, value: number | null): number | null {
  if (value === null || (Number.isSafeInteger(value) && value > 0)) return value;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${name}: expected a whole number of at least 1, or null for no limit, got ${describe(value)}`,
  );
}

/** How many epochs `fit` runs at most; null: no limit. */
export const maxEpochs = (): number | null => settings.maxEpochs;
export function setMaxEpochs(value: number | null): void {
  settings.maxEpochs = limit('setMaxEpochs', value);
}

/** `epochs`, or as many as there may be. */
export const limitedEpochs = (epochs: number): number => Math.min(epochs, settings.maxEpochs ?? epochs);

/** How many batches an epoch (of `evaluate` and `predict`, too) has at most; null: no limit. */
export const maxStepsPerEpoch = (): number | null => settings.maxStepsPerEpoch;
export function setMaxStepsPerEpoch(value: number | null): void {
  settings.maxStepsPerEpoch = limit('setMaxStepsPerEpoch', value);
}

/** `steps`, or as many as an epoch may have. */
export function limitedSteps<T extends number | null>(steps: T): T | number {
  const most = settings.maxStepsPerEpoch;
  return most === null || (steps !== null && steps <= most) ? steps : most;
}

export const flag = (name: Flag): boolean | null => settings.flags[name];
export function setFlag(name: Flag, value: boolean): void {
  settings.flags[name] = value;
}

/** The type of floating numbers that are told none. */
export const floatx = (): FloatType => settings.floatx;

/** @throws OlifantError `UNSUPPORTED` for `'float64'`, `INVALID_ARGUMENT` for what is no floating type. */
export function setFloatx(value: FloatType): void {
  if ((value as unknown) === 'float64')
    throw new OlifantError(
      'UNSUPPORTED',
      "setFloatx: there is no 'float64'; expected 'float32', 'bfloat16' or 'float16'",
    );
  if (value !== 'float32' && value !== 'bfloat16' && value !== 'float16')
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `setFloatx: expected 'float32', 'bfloat16' or 'float16', got ${describe(value)}`,
    );
  settings.floatx = value;
}

/** @internal See `config.dtypePolicy`. */
export const defaultPolicy = (): unknown => settings.dtypePolicy ?? settings.floatx;
export function setDefaultPolicy(policy: unknown): void {
  settings.dtypePolicy = policy;
}
