import { describe, OlifantError } from '../errors.ts';
import type { Config } from '../keras-object.ts';
import { defaultPolicy } from '../settings.ts';
import { deserialize, serialize } from './get.ts';
import { DTypePolicy, type PolicyName } from './policy.ts';

type Given = DTypePolicy | PolicyName;

const asPolicy = (policy: unknown): DTypePolicy => {
  if (policy instanceof DTypePolicy) return policy;
  if (typeof policy === 'string') return new DTypePolicy(policy as PolicyName);
  throw new OlifantError('INVALID_ARGUMENT', `DTypePolicyMap: expected a dtype policy, got ${describe(policy)}`);
};

/**
 * Policies by the paths of layers (Keras's `DTypePolicyMap`): a layer takes the one of its path, or of the one pattern that
 * matches the whole of its path.
 *
 * @example
 * new DTypePolicyMap('float32', { 'encoder/.*': 'mixed_bfloat16' });
 */
export class DTypePolicyMap {
  static className = 'DTypePolicyMap';
  readonly #default: DTypePolicy | null;
  readonly #policies = new Map<string, DTypePolicy>();

  /**
   * @param defaultPolicy For paths that nothing matches. Default: the policy of `config.setDtypePolicy`.
   * @param policyMap Paths, or regular expressions for them, with their policies.
   */
  constructor(defaultPolicy: Given | null = null, policyMap: Readonly<Record<string, Given>> | null = null) {
    this.#default = defaultPolicy === null ? null : asPolicy(defaultPolicy);
    for (const [path, policy] of Object.entries(policyMap ?? {})) this.set(path, policy);
  }

  get defaultPolicy(): DTypePolicy {
    return this.#default ?? asPolicy(defaultPolicy());
  }

  get size(): number {
    return this.#policies.size;
  }

  keys(): string[] {
    return [...this.#policies.keys()];
  }

  /**
   * The policy for the path of a layer.
   *
   * @throws OlifantError `INVALID_ARGUMENT` where several patterns match.
   */
  get(path: string): DTypePolicy {
    const exact = this.#policies.get(path);
    if (exact !== undefined) return exact;
    const matching = [...this.#policies].filter(([pattern]) => new RegExp(`^(?:${pattern})$`).test(path));
    if (matching.length > 1)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `DTypePolicyMap: '${path}' matches several patterns: ${matching.map(([p]) => `'${p}'`).join(', ')}`,
      );
    return matching[0]?.[1] ?? this.defaultPolicy;
  }

  /** @throws OlifantError `INVALID_ARGUMENT` where the path has a policy, or the pattern is no regular expression. */
  set(path: string, policy: Given): this {
    if (this.#policies.has(path))
      throw new OlifantError('INVALID_ARGUMENT', `DTypePolicyMap: '${path}' has a policy already; delete it first`);
    try {
      new RegExp(path);
    } catch (cause) {
      throw new OlifantError('INVALID_ARGUMENT', `DTypePolicyMap: '${path}' is no path or pattern`, { cause });
    }
    this.#policies.set(path, asPolicy(policy));
    return this;
  }

  delete(path: string): boolean {
    return this.#policies.delete(path);
  }

  getConfig(): Config {
    const policies = [...this.#policies].map(([path, policy]) => [path, serialize(policy)]);
    return { default_policy: this.#default?.name ?? null, policy_map: Object.fromEntries(policies) };
  }

  static fromConfig({ default_policy: fallback = null, policy_map: map }: Config): DTypePolicyMap {
    const policies = Object.entries((map ?? {}) as Record<string, unknown>).map(([path, p]) => [path, deserialize(p)]);
    const chosen = fallback === null || typeof fallback === 'string' ? fallback : deserialize(fallback);
    return new DTypePolicyMap(chosen as Given | null, Object.fromEntries(policies));
  }
}
