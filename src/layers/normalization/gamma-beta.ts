import type { LayerOptions } from '../layer.ts';
import { type Defaults, readFlag } from '../options.ts';
import { readRules, ruleDefaults, rulesConfig, type WeightRuleOptions, type WeightRules } from '../weight-rules.ts';

export interface GammaBetaOptions extends LayerOptions, WeightRuleOptions<'gamma'>, WeightRuleOptions<'beta'> {
  /** Whether a learned `beta` is added. Default `true`. */
  center?: boolean;
  /** Whether the outputs are multiplied by a learned `gamma`. Default `true`. */
  scale?: boolean;
}

export const GAMMA_BETA_DEFAULTS: Defaults<GammaBetaOptions> = {
  center: true,
  scale: true,
  ...ruleDefaults('gamma', 'ones'),
  ...ruleDefaults('beta', 'zeros'),
};

/** Whether and how the normalised values are multiplied and shifted. */
export interface GammaBeta {
  readonly center: boolean;
  readonly scale: boolean;
  readonly gamma: WeightRules;
  readonly beta: WeightRules;
}

export function readGammaBeta(owner: string, o: Defaults<GammaBetaOptions>): GammaBeta {
  return {
    center: readFlag(owner, 'center', o.center),
    scale: readFlag(owner, 'scale', o.scale),
    gamma: readRules(owner, o, 'gamma'),
    beta: readRules(owner, o, 'beta'),
  };
}

export function gammaBetaConfig(rules: GammaBeta): Record<string, unknown> {
  return {
    center: rules.center,
    scale: rules.scale,
    ...rulesConfig('gamma', rules.gamma),
    ...rulesConfig('beta', rules.beta),
  };
}
