export { type CloneOptions, cloneModel } from '../models/clone.ts';
export { Model, Sequential } from '../models/index.ts';
export { loadModel, saveModel } from './index.ts';
export { modelFromJson, modelToJson } from './model-json.ts';
