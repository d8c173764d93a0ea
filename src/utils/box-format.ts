import { OlifantError, unknownId } from '../errors.ts';
import { BOUNDING_BOX_FORMATS, type BoundingBoxFormat } from '../ops/bounding-boxes.ts';

/** A format in upper or lower case. */
export function readBoxFormat(owner: string, name: string, value: unknown): BoundingBoxFormat {
  const word = typeof value === 'string' ? value.toLowerCase() : value;
  if (BOUNDING_BOX_FORMATS.includes(word as BoundingBoxFormat)) return word as BoundingBoxFormat;
  throw new OlifantError('INVALID_ARGUMENT', `${owner}: ${unknownId(name, value, BOUNDING_BOX_FORMATS).message}`);
}
