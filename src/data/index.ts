export {
  ArraySource,
  type ArraySourceOptions,
  type Batch,
  type BatchSource,
  type BatchStream,
  fillRows,
  isStream,
  StreamSource,
} from './batches.ts';
export {
  type Data,
  type DataArray,
  makeSamples,
  type Samples,
  type ShapedArray,
  sliceRows,
  toColumn,
  toColumns,
  toHost,
} from './columns.ts';
export { MappedSource } from './mapped.ts';
