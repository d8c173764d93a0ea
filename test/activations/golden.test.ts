import { describe, expect, it } from 'vitest';
import * as activations from '../../src/activations/index.ts';
import * as ops from '../../src/ops/index.ts';
import { Tensor, type TensorLike } from '../../src/trace/index.ts';
import { gradient } from '../../src/transform/gradient.ts';
import { camelOptions, fromGolden, type GoldenTensor, golden, numbers } from '../ops/golden.ts';
import { expectClose, values } from '../ops/helpers.ts';
import { TOLERANCES } from '../support/tolerances.ts';

interface Case {
  name: activations.ActivationId;
  options: Record<string, unknown>;
  input: GoldenTensor;
  output: GoldenTensor;
  derivative?: GoldenTensor;
  special?: { input: GoldenTensor; output: GoldenTensor };
  output_gradient?: GoldenTensor;
  input_gradient?: GoldenTensor;
}

/** Functions whose options go by position, in Keras's order. */
const POSITIONAL: Record<string, string[]> = { threshold: ['threshold', 'default_value'] };

function call({ name, options }: Case, x: TensorLike): Tensor {
  const f = activations.get(name) as (x: TensorLike, ...rest: unknown[]) => Tensor;
  if (name === 'relu') return f(x, camelOptions(options));
  return f(x, ...(POSITIONAL[name] ?? Object.keys(options)).map((k) => options[k]));
}

/** Values on purpose unlike those that Keras gives. */
const NAN_STAYS = ['soft_shrink', 'hard_shrink', 'threshold']; // Keras makes a number of NaN; here NaN always comes out.

/** Absolute bounds where JAX's tanh is 1 too early: its gelu is 0 at -5, the exact value is -2.3e-7. */
const COARSE: Record<string, number> = { gelu: TOLERANCES.gelu.absolute };
const { relative, absolute } = TOLERANCES.activation;

/** Where derivatives are not compared. */
function incomparable({ name, options }: Case, x: number, expected: number): boolean {
  // XLA flushes subnormal numbers to 0; here they are kept.
  if (x !== 0 && Math.abs(x) < 2 ** -126) return true;
  // XLA overflows to inf / inf; the derivative is finite.
  if (Number.isFinite(x) && Number.isNaN(expected)) return true;
  // The kink itself: Keras builds a leaky relu with a threshold of two relus, each with derivative 0 there.
  return name === 'relu' && options.threshold === x;
}

describe.each(golden<Case>('activations').cases)('$name $options', (c) => {
  it('computes what Keras computes', () => {
    expectClose(values(call(c, fromGolden(c.input))), numbers(c.output), relative, COARSE[c.name] ?? absolute);
    if (!c.special) return;
    const special = numbers(c.special.output);
    if (NAN_STAYS.includes(c.name)) special[0] = Number.NaN;
    expectClose(
      values(call(c, fromGolden(c.special.input))),
      special,
      TOLERANCES.special.relative,
      TOLERANCES.special.absolute,
      'special',
    );
  });

  it('has the derivative that Keras has', () => {
    const x = fromGolden(c.input);
    const y = call(c, x);
    const weight = c.output_gradient ? fromGolden(c.output_gradient) : ops.onesLike(y);
    const slope = new Tensor(gradient(ops.sum(ops.multiply(y, weight)).node, [x.node])[0]!);
    const got = values(slope);
    const expected = numbers((c.derivative ?? c.input_gradient)!);
    const inputs = numbers(c.input);
    const keep = (_: number, i: number) => !incomparable(c, inputs[i]!, expected[i]!);
    expectClose(
      got.filter(keep),
      expected.filter(keep),
      relative,
      COARSE[c.name] ?? TOLERANCES.activationGradient.absolute,
    );
  });
});

describe('get and serialize', () => {
  it('go by name, and are each other’s inverse', () => {
    expect(activations.serialize('swish')).toBe('silu');
    expect(activations.serialize(null)).toBe('linear');
    expect(activations.serialize(activations.relu)).toBe('relu');
    expect(activations.deserialize({ class_name: 'function', config: 'tanh' })).toBe(activations.tanh);
    expect(() => activations.get('rleu' as 'relu')).toThrow(/unknown activation 'rleu'. Did you mean '/);
    expect(() => activations.get('constructor' as 'relu')).toThrow(/unknown activation/);
    expect(() => activations.serialize((x) => x)).toThrow(/has no name/);
  });
});
