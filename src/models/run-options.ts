import type { Callback, CallbackHooks, Logs } from '../callbacks/callback.ts';
import { checkCallback } from '../callbacks/callback-list.ts';
import { isTerminal } from '../callbacks/console.ts';
import type { BatchStream } from '../data/batches.ts';
import type { Data } from '../data/columns.ts';
import { describe, OlifantError } from '../errors.ts';
import type { AbortLike } from './pacer.ts';

export type Verbose = 'auto' | 0 | 1 | 2;

/** `[x, y]` or `[x, y, sampleWeight]`, or batches of such. */
export type ValidationData = readonly [Data, Data] | readonly [Data, Data, Data] | BatchStream;

interface RunOptions {
  /** Rows in a batch. Default 32. */
  batchSize?: number | null;
  /** 0: silent, 1: a progress bar, 2: a line an epoch. Default `'auto'`: 1 on a terminal, else 2. */
  verbose?: Verbose;
  callbacks?: readonly (Callback | CallbackHooks)[] | Callback | CallbackHooks | null;
  /** Ends the work after the present step; the promise is rejected with the signal's reason. */
  signal?: AbortLike;
}

export interface FitOptions extends RunOptions {
  /** The number of the last epoch. Default 1. */
  epochs?: number;
  /** Part of the samples, the last ones, that is kept for validation. Default 0. */
  validationSplit?: number;
  validationData?: ValidationData | null;
  /** Whether samples come in another order each epoch (`'batch'`: only the batches). Default `true`. */
  shuffle?: boolean | 'batch';
  /** Weights of the samples of each class. */
  classWeight?: Readonly<Record<number, number>> | null;
  /** Weights of the samples: one each, or (a list or record of them) for each output. */
  sampleWeight?: Data | null;
  /** Epoch to begin with, to go on with an earlier training. Default 0. */
  initialEpoch?: number;
  /** Steps in an epoch. Default: all samples once; needed for endless streams. */
  stepsPerEpoch?: number | null;
  validationSteps?: number | null;
  /** Default: `batchSize`. */
  validationBatchSize?: number | null;
  /** Validate every so many epochs, or after these (counted from 1). Default 1. */
  validationFreq?: number | readonly number[];
  /** When the loss or a weight stops being finite, say where that began. Slow: keeps a copy of the weights each step. */
  debugNaN?: boolean;
}

export interface EvaluateOptions extends RunOptions {
  /** Whether the values come by name, or as Keras gives them by itself: the loss and the metrics in a list. Default `true`. */
  returnDict?: boolean;
  sampleWeight?: Data | null;
  /** Batches to evaluate. Default: all. */
  steps?: number | null;
}

/** What `trainOnBatch` takes beside the data. */
export interface TrainOnBatchOptions extends TestOnBatchOptions {
  /** Weights of the samples of each class. */
  classWeight?: Readonly<Record<number, number>> | null;
}

/** What `testOnBatch` takes beside the data. */
export interface TestOnBatchOptions {
  sampleWeight?: Data | null;
  /** Whether the values come by name, not in a list. Default `true`. */
  returnDict?: boolean;
}

/** Asks for values in a list: in the order of `metricsNames`, one alone as itself. */
export interface AsList {
  returnDict: false;
}

export interface PredictOptions extends RunOptions {
  /** Batches to predict. Default: all. */
  steps?: number | null;
}

export const RUN_KEYS = ['batchSize', 'verbose', 'callbacks', 'signal'];
export const FIT_KEYS = [
  ...RUN_KEYS,
  'epochs',
  'validationSplit',
  'validationData',
  'shuffle',
  'classWeight',
  'sampleWeight',
  'initialEpoch',
  'stepsPerEpoch',
  'validationSteps',
  'validationBatchSize',
  'validationFreq',
  'debugNaN',
];

export function checkCount(value: number | null | undefined, name: string, method: string, least = 1): void {
  if (value === undefined || value === null) return;
  if (!Number.isSafeInteger(value) || value < least)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${method}: ${name} must be a whole number from ${least}, got ${describe(value)}`,
    );
}

/** @throws OlifantError `INVALID_ARGUMENT` for what is neither `true` nor `false`. */
export function checkReturnDict(value: boolean | undefined, method: string): void {
  if (value !== undefined && typeof value !== 'boolean')
    throw new OlifantError('INVALID_ARGUMENT', `${method}: returnDict must be true or false, got ${describe(value)}`);
}

/** The values by name, or as Keras gives them by itself: in their order, one alone as itself. */
export function asAsked(logs: Logs, returnDict = true): Logs | number | number[] {
  if (returnDict) return logs;
  const values = Object.values(logs);
  return values.length === 1 ? values[0]! : values;
}

export function resolveVerbose(verbose: Verbose | undefined, method: string): 0 | 1 | 2 {
  if (verbose === undefined || verbose === 'auto') return isTerminal() ? 1 : 2;
  if (verbose === 0 || verbose === 1 || verbose === 2) return verbose;
  throw new OlifantError('INVALID_ARGUMENT', `${method}: verbose must be 'auto', 0, 1 or 2, got ${describe(verbose)}`);
}

/** The user's callbacks, then those that are always there: so that what the former put into the logs is recorded and shown. */
export function callbackList(given: RunOptions['callbacks'], always: readonly CallbackHooks[]): CallbackHooks[] {
  const list =
    given === null || given === undefined ? [] : Array.isArray(given) ? [...given] : [given as CallbackHooks];
  list.forEach(checkCallback);
  return [...list, ...always.filter((a) => !list.some((c) => c.constructor === a.constructor))];
}
