import { describe, OlifantError } from '../errors.ts';
import { DTYPES, type DType } from '../graph/dtype.ts';
import type { Config } from '../keras-object.ts';
import { defaultPolicy } from '../settings.ts';

const MIXED = { mixed_float16: 'float16', mixed_bfloat16: 'bfloat16' } as const;

/** The policies that layers can have: an element type, or a mixture of two. */
export type PolicyName = DType | keyof typeof MIXED;

let warned = false;

/** Once a process: what was asked for, and what is done instead. */
function warnOfMixed(name: string): void {
  if (warned) return;
  warned = true;
  console.warn(
    `dtype policy '${name}': layers compute in float32 all the same, which is at least as exact; storage in 16 bits is not built yet. ` +
      'The policy is kept in configurations and files.',
  );
}

/**
 * In which types a layer keeps its weights and computes (Keras's `DTypePolicy`).
 *
 * `'mixed_float16'` and `'mixed_bfloat16'` are accepted and written to files; layers compute in float32 then, and a warning says
 * so once.
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
    if (this.name in MIXED) warnOfMixed(this.name);
  }

  /** The type that Keras would compute in. */
  get computeDtype(): string {
    return MIXED[this.name as keyof typeof MIXED] ?? this.name;
  }

  /** The type of the weights, in which layers compute here. */
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
