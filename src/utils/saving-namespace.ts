export {
  CustomObjectScope,
  customObjectScope,
  getCustomObjects,
  getRegisteredName,
  getRegisteredObject,
  registerKerasSerializable,
} from '../custom-objects.ts';
export {
  FileError,
  type FileSource,
  type LoadOptions,
  loadModel,
  loadWeights,
  type SaveOptions,
  saveModel,
  saveModelToBytes,
  saveWeights,
} from '../saving/index.ts';
export { deserializeKerasObject, serializeKerasObject } from './keras-object.ts';
