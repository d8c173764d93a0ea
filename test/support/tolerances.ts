/** A bound of |got - expected|: `relative` to the expected number (or to the largest one of a tensor), plus `absolute`. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
  /** Why it is not narrower. */
  readonly reason: string;
}

/**
 * How far results may be from Keras's in the golden files. Both sides compute in float32, whose numbers are 6e-8 apart, relative
 * to their size; sums of n terms in another order differ by some multiples of that, relative to the largest term.
 */
export const TOLERANCES = {
  layer: {
    relative: 1e-5,
    absolute: 0,
    reason:
      'outputs, gradients and state of one layer: sums of at most some hundred terms, relative to the largest number',
  },
  bfloat16: {
    relative: 2 ** -6,
    absolute: 0,
    reason:
      'numbers of 8 bits: on both sides some operations round one after the other, though not the same ones (XLA leaves out ' +
      'other roundings than `unround` does); relative to the largest number, twice that where steps of a loop add up',
  },
  float16: { relative: 2 ** -9, absolute: 0, reason: 'numbers of 11 bits, likewise' },
  prediction: {
    relative: 1e-5,
    absolute: 0,
    reason:
      'outputs of small whole models: the errors of their layers, which normalisations and saturation keep from growing',
  },
  evaluation: {
    relative: 1e-4,
    absolute: 1e-5,
    reason:
      'losses, metrics and one step of whole models, element by element: small results are differences of large ones',
  },
  training: {
    relative: 1e-3,
    absolute: 1e-4,
    reason: 'weights and histories after five epochs: every step goes on from the rounding of the one before',
  },
  noise: {
    relative: 0,
    absolute: 1e-6,
    reason: 'what has no gradient but rounding: a bias before batch normalisation',
  },
  statistics: {
    relative: 1e-6,
    absolute: 0,
    reason: 'what preprocessing layers learn and give: a few sums, in double precision here',
  },
  loss: {
    relative: 1e-5,
    absolute: 1e-6,
    reason: 'means of at most some hundred terms, some of them logarithms near 0',
  },
  lossGradient: {
    relative: 1e-4,
    absolute: 1e-6,
    reason: 'quotients of small differences, such as 1 / (p - 1) near p = 1',
  },
  metric: { relative: 1e-5, absolute: 1e-6, reason: 'sums over batches, and quotients of them' },
  activation: {
    relative: 1e-5,
    absolute: 2e-7,
    reason:
      'our own polynomials are within 2 units in the last place, as are those of XLA; results near 0 are differences',
  },
  gelu: {
    relative: 1e-5,
    absolute: 6e-6,
    reason: 'the tanh of JAX is 1 too early: its gelu is 0 at -5, where the exact value is -2.3e-7',
  },
  activationGradient: {
    relative: 1e-5,
    absolute: 2e-6,
    reason: 'derivatives near 0 are differences of numbers near 1, made in other ways on both sides',
  },
  special: { relative: 1e-5, absolute: 1e-6, reason: 'NaN and infinities: those must be equal, and limits nearly so' },
} as const satisfies Readonly<Record<string, Tolerance>>;
