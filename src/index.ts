export * as activations from './activations/index.ts';
export * as callbacks from './callbacks/index.ts';
export * as config from './config/index.ts';
export * as constraints from './constraints/index.ts';
export { customObjectScope, registerKerasSerializable } from './custom-objects.ts';
export * as datasets from './datasets/index.ts';
export * as dtypePolicies from './dtype-policies/index.ts';
export { type ErrorCode, OlifantError } from './errors.ts';
export type { DType, TypedArray } from './graph/dtype.ts';
export type { Shape } from './graph/shape.ts';
export * as initializers from './initializers/index.ts';
export * as layers from './layers/index.ts';
export {
  type CallOptions,
  type Config,
  type CustomObjects,
  type DynamicShape,
  Input,
  type InputOptions,
  InputSpec,
  Layer,
  type LayerOptions,
  registerLayer,
  SymbolicTensor,
  type WeightOptions,
} from './layers/index.ts';
export * as ops from './layers/operation/public-ops.ts';
export * as losses from './losses/index.ts';
export * as metrics from './metrics/index.ts';
export {
  type CompileOptions,
  type EvaluateOptions,
  type FitOptions,
  type LossInputs,
  Model,
  type ModelOptions,
  type PredictOptions,
  Sequential,
  type SequentialOptions,
  type StepData,
  type SummaryOptions,
  type TestOnBatchOptions,
  type TrainOnBatchOptions,
} from './models/index.ts';
export { grad, valueAndGrad } from './ops/gradient.ts';
export * as optimizers from './optimizers/index.ts';
export * as random from './random/index.ts';
export * as regularizers from './regularizers/index.ts';
export {
  FileError,
  type FileSource,
  type LoadOptions,
  type LoadWeightsOptions,
  loadModel,
  loadWeights,
  type SaveOptions,
  saveModel,
  saveModelToBytes,
  saveWeights,
} from './saving/index.ts';
export * as models from './saving/models-namespace.ts';
export {
  clearSession,
  gradient,
  SeedGenerator,
  StringTensor,
  setRandomSeed,
  stringTensor,
  Tensor,
  type TensorLike,
  tensor,
  Variable,
  type VariableOptions,
} from './trace/index.ts';
export * as tree from './tree/index.ts';
export * as utils from './utils/index.ts';
export * as saving from './utils/saving-namespace.ts';
export * as visualization from './visualization/index.ts';
