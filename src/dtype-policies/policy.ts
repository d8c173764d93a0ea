import { describe, OlifantError } from '../errors.ts';
import { DTYPES, type DType, type HalfType } from '../graph/dtype.ts';
import type { Config } from '../keras-object.ts';
import { defaultPolicy } from '../settings.ts';

const MIXED: { readonly [N in 'mixed_float16' | 'mixed_bfloat16']: HalfType } = {
  mixed_float16: 'float16',
  mixed_bfloat16: 'bfloat16',
};

/** The policies that layers can have: an element type, or a mixture of two. */
export type PolicyName = DType | keyof typeof MIXED;

/**
 * In which types a layer keeps its weights and computes (Keras's `DTypePolicy`).
 *
 * `'mixed_float16'` and `'mixed_bfloat16'` keep weights in float32 and compute in 16 bits: floating inputs and weights are cast,
 * each operation rounds its result, and sums (of products and reductions) are float32 until they are rounded. With
 * `'mixed_float16'`, `compile` scales the loss, so that small gradients do not vanish.
 */
export class DTypePolicy {
  static className = 'DTypePolicy';
  readonly name: PolicyName;

  /**
   * @param name `'float32'`, another element type, `'mixed_float16'` or `'mixed_bfloat16'`. Default: the policy of
   *   `config.setDtypePolicy`.
   * @throws OlifantError `UNSUPPORTED` for element types that are not there, as for quantized policies.
   */
  constructor(name?: PolicyName | null) {
    const fallback = defaultPolicy();
    const given = name ?? (typeof fallback === 'string' ? fallback : (fallback as DTypePolicy).name);
    this.name = checkName(given);
  }

  /** The type that layers compute in. */
  get computeDtype(): DType {
    return MIXED[this.name as keyof typeof MIXED] ?? this.name;
  }

  /** The type of the weights. */
  get variableDtype(): DType {
    return this.name in MIXED ? 'float32' : (this.name as DType);
  }

  /** Always null: quantized policies are not there. */
  get quantizationMode(): null {
    return null;
  }

  getConfig(): Config {
    return { name: this.name };
  }

  static fromConfig(config: Config): DTypePolicy {
    return new DTypePolicy(config.name as PolicyName | null);
  }

  toString(): string {
    return `<DTypePolicy "${this.name}">`;
  }
}

/** Keras's older name of the same class. */
export const FloatDTypePolicy: typeof DTypePolicy = DTypePolicy;
export type FloatDTypePolicy = DTypePolicy;

function checkName(name: unknown): PolicyName {
  if (typeof name === 'string' && (DTYPES.includes(name as DType) || Object.hasOwn(MIXED, name)))
    return name as PolicyName;
  const known = [...DTYPES, ...Object.keys(MIXED)].join(', ');
  if (typeof name === 'string' && /^(int[48]|float8|awq|gptq)(_from|\/|$)/.test(name))
    throw new OlifantError(
      'UNSUPPORTED',
      `dtype policy '${name}': quantized policies are not there yet. Known: ${known}`,
    );
  throw new OlifantError('DTYPE', `expected a dtype policy (${known}), got ${describe(name)}`);
}
