import { describe, OlifantError } from '../errors.ts';
import { checkFlag, checkNumber, checkWhole } from '../keras-object.ts';

type Check = (owner: string, name: string, value: unknown) => void;

const anyWhole: Check = (owner, name, value) => checkWhole(owner, name, value, Number.MIN_SAFE_INTEGER);

const axes: Check = (owner, name, value) => {
  if (Array.isArray(value) && value.every((v) => Number.isSafeInteger(v))) return;
  if (!Number.isSafeInteger(value) && value !== null)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: ${name} must be one axis or an array of them, got ${describe(value)}`,
    );
};

/** A factor for all classes, or one for each. */
const factors: Check = (owner, name, value) => {
  for (const v of Array.isArray(value) ? value : [value]) checkNumber(owner, name, v);
};

/** What the options of losses, and of the metrics of the same name, must be. */
const CHECKS: Readonly<Record<string, Check>> = {
  alpha: factors,
  applyClassBalancing: checkFlag,
  axis: axes,
  beta: checkNumber,
  delta: checkNumber,
  fromLogits: checkFlag,
  fromSortedIds: checkFlag,
  gamma: checkNumber,
  ignoreClass: (owner, name, value) => value === null || anyWhole(owner, name, value),
  k: (owner, name, value) => checkNumber(owner, name, value, { min: 1 }),
  labelSmoothing: (owner, name, value) => checkNumber(owner, name, value, { min: 0, max: 1 }),
  margin: checkNumber,
  removeDiagonal: checkFlag,
  threshold: checkNumber,
};

/** @throws OlifantError `INVALID_ARGUMENT` for an option of a type that it cannot have. */
export function checkValues(owner: string, values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) CHECKS[name]?.(owner, name, value);
}
