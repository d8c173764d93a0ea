export {
  CustomObjectScope,
  customObjectScope,
  getCustomObjects,
  getRegisteredName,
  getRegisteredObject,
  registerKerasSerializable,
} from '../custom-objects.ts';
export {
  type Comparison,
  KerasFileEditor,
  type NewWeights,
  type StoredObject,
  type StoredWeight,
} from '../saving/file-editor.ts';
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
} from '../saving/index.ts';
export { deserializeKerasObject, serializeKerasObject } from './keras-object.ts';
