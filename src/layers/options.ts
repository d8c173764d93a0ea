import * as activations from '../activations/index.ts';
import { describe, OlifantError, unknownId } from '../errors.ts';
import type { DataFormat } from '../ops/index.ts';
import { imageDataFormat } from '../settings.ts';
import type { LayerOptions } from './layer.ts';
import { QUANTIZED_LATER } from './layer-options.ts';

/** The names of the options that every layer takes. */
const COMMON = ['name', 'trainable', 'dtype', 'autocast', 'activityRegularizer', 'inputShape', 'batchInputShape'];

/** Options of Keras's for quantized weights. */
const QUANTIZED = ['quantizationConfig', 'gptqUnpackedColumnSize'];

/** In a table of defaults: the option must be given. */
export const REQUIRED = undefined as never;

/** The defaults of a layer's own options. */
export type Defaults<O extends LayerOptions> = {
  readonly [K in Exclude<keyof O, keyof LayerOptions>]-?: Exclude<O[K], undefined>;
};

function isOptions(x: unknown): x is Record<string, unknown> {
  if (typeof x !== 'object' || x === null) return false;
  const prototype = Object.getPrototypeOf(x);
  return prototype === Object.prototype || prototype === null;
}

/** The error for an option that cannot be. */
export function invalid(owner: string, message: string): OlifantError {
  return new OlifantError('INVALID_ARGUMENT', `${owner}: ${message}`);
}

/**
 * The options of a constructor's arguments: some by position, the others by name in a last object. What is left out (or
 * undefined) has its default.
 *
 * @param owner The class, for messages.
 * @param positional The names of the arguments that may come by position.
 * @throws OlifantError `INVALID_ARGUMENT` for too many arguments, unknown names, or required ones that are missing.
 */
export function readOptions<O extends LayerOptions>(
  owner: string,
  positional: readonly string[],
  defaults: Defaults<O>,
  args: readonly unknown[],
): LayerOptions & Defaults<O> {
  const given = byName(owner, positional, args);
  const known = Object.keys(defaults);
  modernise(given, known);
  for (const [key, value] of Object.entries(given)) {
    if (known.includes(key) || COMMON.includes(key)) continue;
    // Configurations of files name things that are not used as null.
    if (value !== null && QUANTIZED.includes(key))
      throw new OlifantError('UNSUPPORTED', `${owner}: ${key} is not supported: ${QUANTIZED_LATER}; leave it out`);
    if (value !== null) throw invalid(owner, unknownId('option', key, [...known, ...COMMON]).message);
    delete given[key];
  }
  const options: Record<string, unknown> = { ...defaults, ...given };
  for (const key of known)
    if (options[key] === undefined)
      throw invalid(owner, `the option ${key} is missing; write new ${owner}(${usage(positional, known, defaults)})`);
  return options as LayerOptions & Defaults<O>;
}

function byName(owner: string, positional: readonly string[], args: readonly unknown[]): Record<string, unknown> {
  const rest = [...args];
  while (rest.length > 0 && rest.at(-1) === undefined) rest.pop();
  const named = isOptions(rest.at(-1)) ? (rest.pop() as Record<string, unknown>) : {};
  if (rest.length > positional.length) {
    const names = positional.length === 0 ? '' : ` (${positional.join(', ')})`;
    throw invalid(
      owner,
      `expected at most ${positional.length} arguments by position${names} and then an object of options, ` +
        `got ${args.map(describe).join(', ')}`,
    );
  }
  const given: Record<string, unknown> = {};
  rest.forEach((value, i) => {
    if (value !== undefined) given[positional[i]!] = value;
  });
  for (const [key, value] of Object.entries(named)) {
    if (value === undefined) continue;
    if (given[key] !== undefined) throw invalid(owner, `the option ${key} is given twice, by position and by name`);
    given[key] = value;
  }
  return given;
}

/** Options of older Keras: `inputDim` is a shape of one size; `inputLength` says nothing that is needed. */
function modernise(given: Record<string, unknown>, known: readonly string[]): void {
  if (!known.includes('inputDim') && typeof given.inputDim === 'number') {
    given.inputShape ??= [given.inputDim];
    delete given.inputDim;
  }
  if (!known.includes('inputLength')) delete given.inputLength;
}

function usage(positional: readonly string[], known: readonly string[], defaults: object): string {
  const required = known.filter((k) => (defaults as Record<string, unknown>)[k] === undefined);
  const named = required.filter((k) => !positional.includes(k));
  return [...positional.filter((k) => required.includes(k)), ...(named.length ? [`{ ${named.join(', ')} }`] : [])].join(
    ', ',
  );
}

/** A whole number of at least `min`. */
export function wholeNumber(owner: string, name: string, value: unknown, min = 1): number {
  if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
  throw invalid(owner, `${name} must be a whole number of at least ${min}, got ${show(value)}`);
}

/** One whole number for all axes, or one for each of `rank`. */
export function perAxis(owner: string, name: string, value: unknown, rank: number, min = 1): number[] {
  const list = Array.isArray(value) ? value : new Array<unknown>(rank).fill(value);
  if (list.length === rank && list.every((v) => Number.isSafeInteger(v) && v >= min)) return [...list] as number[];
  const several = rank === 1 ? '' : ` or an array of ${rank} of them`;
  throw invalid(owner, `${name} must be a whole number of at least ${min}${several}, got ${show(value)}`);
}

/** One of some words. */
export function oneOf<T extends string>(owner: string, name: string, value: unknown, words: readonly T[]): T {
  if (words.includes(value as T)) return value as T;
  throw invalid(owner, unknownId(name, value, words).message);
}

/** That of `config.imageDataFormat` for nothing. */
export function readDataFormat(owner: string, value: unknown): DataFormat {
  return oneOfAnyCase(owner, 'dataFormat', value ?? imageDataFormat(), ['channels_last', 'channels_first']);
}

export function readPadding<T extends string>(owner: string, value: unknown, words: readonly T[]): T {
  return oneOfAnyCase(owner, 'padding', value, words);
}

/** Capital letters do not matter, as in Keras. */
function oneOfAnyCase<T extends string>(owner: string, name: string, value: unknown, words: readonly T[]): T {
  const small = typeof value === 'string' ? value.toLowerCase() : undefined;
  return words.find((w) => w === small) ?? oneOf(owner, name, value, words);
}

export function readFlag(owner: string, name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(owner, `${name} must be true or false, got ${describe(value)}`);
}

/** A number, or null where null is allowed. */
export function readAxis(owner: string, name: string, value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw invalid(owner, `${name} must be a whole number, got ${show(value)}`);
}

/** One axis, or several different ones. */
export function readAxes(owner: string, name: string, value: unknown): number | number[] {
  if (!Array.isArray(value)) return readAxis(owner, name, value);
  if (value.length === 0 || new Set(value).size !== value.length)
    throw invalid(owner, `${name} must name one axis or several different ones, got ${show(value)}`);
  return value.map((v) => readAxis(owner, name, v));
}

/** The function of an activation's name, of a layer, or of a saved form. */
export function readActivation(value: unknown): activations.Activation {
  const isSaved = typeof value === 'object' && value !== null && !('apply' in value);
  if (isSaved) return activations.deserialize(value);
  return activations.get(value as activations.ActivationLike);
}

/** A value in a message: arrays with their numbers. */
export function show(value: unknown): string {
  return Array.isArray(value) ? JSON.stringify(value) : describe(value);
}
