import { BOUNDING_BOX_FORMATS, type BoundingBoxFormat } from '../../ops/bounding-boxes.ts';
import { oneOf } from '../options.ts';

export {
  aroundMoved,
  type BoundingBoxes,
  type BoundingBoxFormat,
  clipToImage,
  columns,
  convertFormat,
  type ImageSize,
  joined,
} from '../../ops/bounding-boxes.ts';

export function readBoundingBoxFormat(owner: string, value: unknown): BoundingBoxFormat | null {
  return value === null || value === undefined ? null : oneOf(owner, 'boundingBoxFormat', value, BOUNDING_BOX_FORMATS);
}
