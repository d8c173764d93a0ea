export {
  disableInteractiveLogging,
  enableInteractiveLogging,
  isInteractiveLoggingEnabled,
} from '../config/index.ts';
export {
  CustomObjectScope,
  customObjectScope,
  getCustomObjects,
  getRegisteredName,
  getRegisteredObject,
  registerKerasSerializable,
} from '../custom-objects.ts';
export { Dataset, PyDataset, PyDataset as Sequence, type PyDatasetOptions } from '../data/dataset.ts';
export type { DirectoryOptions } from '../data/directory.ts';
export { type PadSequencesOptions, type PadStringsOptions, padSequences } from '../data/sequences.ts';
export { type SplitOptions, splitDataset } from '../data/split.ts';
export { type TextDataset, type TextDirectoryOptions, textDatasetFromDirectory } from '../data/text-directory.ts';
export { type TimeseriesDataset, type TimeseriesOptions, timeseriesDatasetFromArray } from '../data/timeseries.ts';
export { registerLayer } from '../layers/registry.ts';
export { Picture, type PictureMode } from '../pictures/picture.ts';
export type { PictureInterpolation } from '../pictures/resize.ts';
export { clearSession } from '../trace/names.ts';
export { setRandomSeed } from '../trace/random-host.ts';
export * as boundingBoxes from './bounding-boxes.ts';
export { Config } from './config.ts';
export type { DiagramOptions } from './diagram.ts';
export { type DotOptions, modelToDot } from './dot.ts';
export { Cross, Feature, type FeatureMode } from './feature.ts';
export { type FeatureKind, FeatureSpace, type FeatureSpaceOptions } from './feature-space.ts';
export { type GetFileOptions, getFile } from './get-file.ts';
export {
  type ArrayToImgOptions,
  arrayToImg,
  audioDatasetFromDirectory,
  type ImageArrayOptions,
  imageDatasetFromDirectory,
  imgToArray,
  type LoadImgOptions,
  loadImg,
  type SaveImgOptions,
  saveImg,
} from './images.ts';
export { deserializeKerasObject, serializeKerasObject } from './keras-object.ts';
export { normalize, toCategorical } from './numpy-utils.ts';
export { type PlotOptions, plotModel } from './plot-model.ts';
export { Progbar, type ProgbarOptions } from './progbar.ts';
export { packXYSampleWeight, unpackXYSampleWeight } from './samples.ts';
export { getSourceInputs, isKerasTensor, type StandardDType, standardizeDtype } from './tensors.ts';
