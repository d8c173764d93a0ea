export type { CompileOptions, LossSpec, MetricSpec } from './compile-options.ts';
export { type LossInputs, Model, type ModelOptions, type StepData } from './model.ts';
export { modelClasses } from './model-classes.ts';
export type { AbortLike } from './pacer.ts';
export type {
  EvaluateOptions,
  FitOptions,
  PredictOptions,
  TestOnBatchOptions,
  TrainOnBatchOptions,
  ValidationData,
  Verbose,
} from './run-options.ts';
export { Sequential, type SequentialOptions } from './sequential.ts';
export type { SummaryOptions } from './summary.ts';
