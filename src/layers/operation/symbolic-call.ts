import { describe, OlifantError } from '../../errors.ts';
import type { NestedArray } from '../../trace/host.ts';
import { type Tensor, tensor } from '../../trace/tensor.ts';
import { SymbolicTensor } from '../symbolic.ts';
import { Operation } from './operation.ts';
import { operationTable } from './table.ts';

/** A type of arguments with symbolic tensors where there may be tensors. */
type Lifted<T> = Tensor extends T
  ? T | SymbolicTensor
  : T extends readonly (infer E)[]
    ? Tensor extends E
      ? readonly (E | SymbolicTensor)[]
      : T
    : T;

type Results<R> = R extends Tensor ? SymbolicTensor : R extends readonly Tensor[] ? SymbolicTensor[] : R;

/** The same function, as it is called to put a functional model together. */
export type Symbolic<F> = F extends (...args: infer A) => infer R
  ? (...args: { [K in keyof A]: Lifted<A[K]> }) => Results<R>
  : never;

export const isSymbolic = (x: unknown): boolean =>
  x instanceof SymbolicTensor || (Array.isArray(x) && x.some((v) => v instanceof SymbolicTensor));

/** An object of options. */
const isOptions = (x: unknown): x is Readonly<Record<string, unknown>> =>
  typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype;

const holdsSymbolic = (x: unknown): boolean => isOptions(x) && Object.values(x).some(isSymbolic);

/** An operation that computes with tensors, and notes itself as a layer where it is called with symbolic ones. */
export function both<F extends (...args: never[]) => unknown>(f: F, kind: string): F & Symbolic<F> {
  const called = (...args: unknown[]) =>
    args.some(isSymbolic) || holdsSymbolic(args.at(-1)) ? note(kind, args) : f(...(args as never[]));
  Object.defineProperty(called, 'name', { value: f.name });
  return called as unknown as F & Symbolic<F>;
}

function note(kind: string, args: readonly unknown[]): unknown {
  const row = operationTable()[kind]!;
  const rest = args.slice(row.operands);
  if (rest.some(isSymbolic))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `ops: ${kind} takes symbolic tensors as its first ${row.operands} argument(s) only, got ${rest.map(describe).join(', ')}`,
    );
  const options = args.at(-1) as Readonly<Record<string, unknown>>;
  const tensors = row.tensors ?? [];
  const odd =
    holdsSymbolic(options) && Object.keys(options).find((k) => !tensors.includes(k) && isSymbolic(options[k]));
  if (odd)
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `ops: ${kind} takes no symbolic tensor as ${odd}, got ${describe(options[odd])}`,
    );
  const named = tensors.map((key) => (isOptions(options) ? (options[key] ?? null) : null));
  const further = NO_OPERANDS.test(kind) ? named.filter((x) => x !== null) : named;
  const first = args.slice(0, row.operands);
  const operands = [...(row.spread ? first.flat() : first), ...further].map((x) => asOperand(kind, x));
  const { callKeywords = [] } = row;
  const config = Object.entries(row.config(rest));
  // Keras's class takes some with each call and does not keep them.
  const isKeyword = ([key]: [string, unknown]) => callKeywords !== 'any' && callKeywords.includes(key);
  return new Operation(kind, Object.fromEntries(config.filter((entry) => !isKeyword(entry)))).applyTo(
    operands,
    Object.fromEntries(config.filter(isKeyword)),
  );
}

/** Operations whose tensors among the options are no operands by position in Keras: nothing stands there in their place. */
const NO_OPERANDS = /^(Average|Bincount|Trapezoid)$/;

/** Operations whose further operands are numbers to Keras, too. */
const AS_NUMBERS = /^(Take|Slice|ScaleAndTranslate|(Nan)?(Quantile|Percentile))/i;

/** Operations that ask their operands for a dtype: a number must be an array. */
const AS_ARRAYS = /^Bitwise(And|Or|Xor)$/;

/** Arrays of numbers as tensors, which Keras knows from lists of tensors. */
function asOperand(kind: string, x: unknown): unknown {
  if (typeof x === 'number' && AS_ARRAYS.test(kind)) return tensor([x], undefined, 'int32');
  return Array.isArray(x) && !isSymbolic(x) && !AS_NUMBERS.test(kind) ? tensor(x as NestedArray) : x;
}
