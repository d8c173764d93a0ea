import { describe } from '../errors.ts';
import { FileError } from './file-error.ts';

/** JSON as Python reads it: with NaN and the infinities, which `JSON.stringify` would make null. */
export function writeJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string')
    return JSON.stringify(value);
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return `[${Array.from(value as unknown as ArrayLike<unknown>, writeJson).join(', ')}]`;
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    const entries = Object.entries(value).filter(([, v]) => v !== undefined);
    return `{${entries.map(([k, v]) => `${JSON.stringify(k)}: ${writeJson(v)}`).join(', ')}}`;
  }
  throw new FileError(`a configuration holds ${describe(value)}, which no file can hold; change getConfig`);
}
