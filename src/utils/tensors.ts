import { unknownId } from '../errors.ts';
import { SymbolicTensor } from '../layers/symbolic.ts';

/** The names of element types in Keras; this package computes with some of them. */
const DTYPES = [
  'float16',
  'float32',
  'float64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'int8',
  'int16',
  'int32',
  'int64',
  'bfloat16',
  'bool',
  'string',
  'float8_e4m3fn',
  'float8_e5m2',
  'complex64',
  'complex128',
] as const;

export type StandardDType = (typeof DTYPES)[number];

/** The types of Python under which Keras takes them, too. */
const PYTHON: Readonly<Record<string, StandardDType>> = { bool: 'bool', int: 'int32', float: 'float32', str: 'string' };

/**
 * The name of an element type as Keras writes it (`standardize_dtype`): nothing is `'float32'`, `'int'` is `'int32'`.
 *
 * @throws OlifantError `UNKNOWN_ID` for what is no element type.
 */
export function standardizeDtype(dtype?: string | null): StandardDType {
  if (dtype === undefined || dtype === null) return 'float32';
  const name = Object.hasOwn(PYTHON, dtype) ? PYTHON[dtype]! : dtype;
  if (!DTYPES.includes(name as StandardDType)) throw unknownId('dtype', dtype, DTYPES);
  return name as StandardDType;
}

/** Whether something is a symbolic tensor, from `Input` or a layer's `apply` on one (Keras's `is_keras_tensor`). */
export function isKerasTensor(x: unknown): x is SymbolicTensor {
  return x instanceof SymbolicTensor;
}

/** The inputs from which a symbolic tensor was made, each once (Keras's `get_source_inputs`). */
export function getSourceInputs(tensor: SymbolicTensor): SymbolicTensor[] {
  const found = new Set<SymbolicTensor>();
  const seen = new Set<SymbolicTensor>();
  const visit = (t: SymbolicTensor): void => {
    if (seen.has(t)) return;
    seen.add(t);
    const call = t.history?.layer.inboundNodes[t.history.nodeIndex];
    if (call === undefined || call.inputTensors.length === 0) found.add(t);
    else call.inputTensors.forEach(visit);
  };
  visit(tensor);
  return [...found];
}
