import { formatShape, OlifantError } from '../../errors.ts';
import { isShape } from '../call-arguments.ts';
import type { Layer } from '../layer.ts';
import type { DynamicShape } from '../symbolic.ts';

/** The parts of an equation like `'...ab,bc->...ac'`; the inputs' free axes are elided on one side, or on none. */
export interface EinsumEquation {
  readonly input: string;
  readonly kernel: string;
  readonly output: string;
  readonly elided: 'left' | 'right' | 'none';
}

/** What an equation says for inputs of one shape. */
export interface EinsumShapes {
  readonly output: DynamicShape;
  readonly kernel: readonly (number | null)[];
  readonly bias: readonly (number | null)[] | null;
  /** How many inputs an output is the sum of, and how many outputs an input goes to. */
  readonly fans: readonly [number, number];
}

const FORMS: readonly (readonly [EinsumEquation['elided'], RegExp])[] = [
  ['none', /^([A-Za-z]+),([A-Za-z]+)->([A-Za-z]+)$/],
  ['left', /^\.\.\.([A-Za-z]+),([A-Za-z]+)->\.\.\.([A-Za-z]+)$/],
  ['right', /^([A-Za-z]{2,})\.\.\.,([A-Za-z]+)->([A-Za-z]+)\.\.\.$/],
];

/** @throws OlifantError `INVALID_ARGUMENT` for anything but one of Keras's three forms. */
export function parseEquation(owner: string, equation: unknown): EinsumEquation {
  const text = typeof equation === 'string' ? equation : String(equation);
  for (const [elided, form] of FORMS) {
    const found = form.exec(text);
    if (found === null) continue;
    const [, input, kernel, output] = found as unknown as [string, string, string, string];
    return checked(owner, text, { input, kernel, output, elided });
  }
  throw invalid(owner, text, "expected the form 'ab,bc->ac', '...ab,bc->...ac' or 'ab...,bc->ac...'");
}

function invalid(owner: string, equation: string, message: string): OlifantError {
  return new OlifantError('INVALID_ARGUMENT', `${owner}: equation '${equation}': ${message}`);
}

function checked(owner: string, text: string, equation: EinsumEquation): EinsumEquation {
  const { input, kernel, output } = equation;
  const loose = [...output].find((l) => !input.includes(l) && !kernel.includes(l));
  if (loose !== undefined) throw invalid(owner, text, `'${loose}' stands in the result but in no operand`);
  const unknown = [...kernel].find((l) => !input.includes(l) && !output.includes(l));
  if (unknown !== undefined)
    throw invalid(owner, text, `'${unknown}' of the kernel stands neither in the input nor in the result`);
  return equation;
}

/** @throws OlifantError `INVALID_ARGUMENT` for letters that the result does not have. */
export function readBiasAxes(owner: string, value: unknown, { output }: EinsumEquation): string | null {
  if (value === null) return null;
  const letters = typeof value === 'string' ? value : '';
  if (letters !== '' && [...letters].every((l) => output.includes(l))) return letters;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: biasAxes must be letters of the result '${output}' or null, got ${typeof value === 'string' ? `'${value}'` : String(value)}`,
  );
}

/**
 * The shapes that follow from the input's and from the result's as far as it was given: without the batch axis and the
 * elided ones, `null` for what the input says.
 */
export function einsumShapes(
  layer: Layer,
  equation: EinsumEquation,
  biasAxes: string | null,
  inputShape: DynamicShape,
  given: DynamicShape,
): EinsumShapes {
  const { input, output, kernel, elided } = equation;
  const free = isShape(inputShape) ? inputShape.length - input.length : -1;
  const fits = elided === 'none' ? free === 0 : free >= 0;
  if (!fits) throw mismatch(layer, `expected an input with the axes '${input}'`, inputShape);
  const first = elided === 'left' ? free : 0;
  const sizes = new Map([...input].map((l, i) => [l, inputShape[first + i]!]));
  const full = fullOutput(layer, equation, inputShape, given, free);
  const outputSizes = new Map<string, number | null>();
  [...output].forEach((l, i) => {
    const [known, from] = [full[first + i]!, sizes.get(l)];
    if (known !== null && from !== undefined && from !== null && known !== from)
      throw mismatch(layer, `outputShape has size ${known} for '${l}' where the input has ${from}`, inputShape);
    full[first + i] = known ?? from ?? null;
    outputSizes.set(l, full[first + i]!);
  });
  const sizeOf = (l: string) => outputSizes.get(l) ?? sizes.get(l) ?? null;
  const fan = (ofOutput: boolean) =>
    [...kernel].filter((l) => outputSizes.has(l) === ofOutput).reduce((n, l) => n * (sizeOf(l) ?? 1), 1);
  const bias = biasAxes === null ? null : biasShape(equation, biasAxes, sizeOf, elided === 'right' ? free : 0);
  return { output: full, kernel: [...kernel].map(sizeOf), bias, fans: [fan(false), fan(true)] };
}

/** The result's sizes: the batch, elided axes, and what was given. */
function fullOutput(
  layer: Layer,
  { output, elided }: EinsumEquation,
  inputShape: DynamicShape,
  given: DynamicShape,
  free: number,
): (number | null)[] {
  const [batch] = inputShape;
  const full =
    elided === 'left'
      ? [batch!, ...inputShape.slice(1, Math.max(1, free)), ...given]
      : [batch!, ...given, ...(elided === 'right' ? inputShape.slice(inputShape.length - free) : [])];
  if (full.length === output.length + free) return full;
  throw mismatch(layer, `outputShape ${formatShape(given)} does not give the axes '${output}' their sizes`, inputShape);
}

/** From the first axis with a bias on: 1 for those without. */
function biasShape(
  { output }: EinsumEquation,
  axes: string,
  sizeOf: (l: string) => number | null,
  elided: number,
): (number | null)[] {
  const first = Math.min(...[...axes].map((l) => output.indexOf(l)));
  const own = [...output.slice(first)].map((l) => (axes.includes(l) ? sizeOf(l) : 1));
  return [...own, ...new Array<number>(elided).fill(1)];
}

function mismatch(layer: Layer, message: string, inputShape: DynamicShape): OlifantError {
  const got = isShape(inputShape) ? formatShape(inputShape) : String(inputShape);
  return new OlifantError('SHAPE', `${layer.label}: ${message}, got an input of shape ${got}`);
}
