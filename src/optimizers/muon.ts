import { describe, OlifantError } from '../errors.ts';
import { type Config, checkFlag, checkNumber } from '../keras-object.ts';
import * as ops from '../ops/index.ts';
import type { Tensor, Variable } from '../trace/index.ts';
import { approach } from './adam.ts';
import { Optimizer, type OptimizerArgument, type OptimizerOptions, readArgument, type Update } from './optimizer.ts';

export interface MuonOptions extends OptimizerOptions {
  /** How much of the momentum is kept at each step. Default 0.95. */
  readonly momentum?: number;
  /** Whether the step looks ahead along the momentum. Default true. */
  readonly nesterov?: boolean;
  /** Steps of the Newton-Schulz iteration. Default 5. */
  readonly nsSteps?: number;
  /** The coefficients of its polynomial a x + b x^3 + c x^5. Default 3.4445, -4.775 and 2.0315. */
  readonly muonA?: number;
  readonly muonB?: number;
  readonly muonC?: number;
  /** The size of a step's elements relative to the learning rate; `null` leaves the step as it is. Default 0.2. */
  readonly rmsRate?: number | null;
  /** Weights of matrices that Adam changes, too: regular expressions that are looked for in their paths. Default: none. */
  readonly excludeLayers?: readonly string[] | null;
  /** Whether weights with 'embedding' in their path are Adam's. Default true. */
  readonly excludeEmbeddings?: boolean;
  /** Default 0.9 and 0.999. */
  readonly adamBeta1?: number;
  readonly adamBeta2?: number;
  /** The weight decay of the weights that Adam changes. Default 0.004. */
  readonly adamWeightDecay?: number | null;
  /** Adam's learning rate relative to Muon's. Default 1. */
  readonly adamLrRatio?: number;
  /** Adam's. Default 1e-7. */
  readonly epsilon?: number;
}

const OWN = [
  'momentum',
  'nesterov',
  'nsSteps',
  'muonA',
  'muonB',
  'muonC',
  'rmsRate',
  'excludeLayers',
  'excludeEmbeddings',
  'adamBeta1',
  'adamBeta2',
  'adamWeightDecay',
  'adamLrRatio',
  'epsilon',
];

const transposed = (x: Tensor): Tensor => ops.transpose(x, [1, 0]);

/**
 * Momentum whose steps are made nearly orthogonal (Jordan et al. 2024): with the singular values of a matrix' step brought near
 * 1, every direction is learnt alike. Weights that are no matrices, embeddings and `excludeLayers` are changed by Adam.
 *
 * m = momentum m + g, X = m (or g + momentum m) / |X|, five times X = a X + (b A + c A A) X with A = X X', and the weight
 * loses rate X sqrt(max(rows, columns)) rmsRate (Liu et al. 2025). Weight decay is 0.004 by default. Keras's `Muon`.
 */
export class Muon extends Optimizer {
  static readonly className: string = 'Muon';
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly nsSteps: number;
  readonly muonA: number;
  readonly muonB: number;
  readonly muonC: number;
  readonly rmsRate: number | null;
  readonly excludeLayers: readonly string[];
  readonly excludeEmbeddings: boolean;
  readonly adamBeta1: number;
  readonly adamBeta2: number;
  readonly adamWeightDecay: number | null;
  readonly adamLrRatio: number;
  readonly epsilon: number;
  #momentums: Variable[] = [];
  /** Of the weights that Adam changes. */
  #velocities: (Variable | undefined)[] = [];

  constructor(argument: OptimizerArgument<MuonOptions> = {}) {
    const o = readArgument(new.target.name, argument, OWN);
    super({ ...o, weightDecay: o.weightDecay === undefined ? 0.004 : o.weightDecay }, 0.001);
    const owner = this.constructor.name;
    const beta = { min: 0, below: 1 };
    this.momentum = checkNumber(owner, 'momentum', o.momentum ?? 0.95, { min: 0, max: 1 });
    this.nesterov = checkFlag(owner, 'nesterov', o.nesterov ?? true);
    this.nsSteps = checkNumber(owner, 'nsSteps', o.nsSteps ?? 5, { min: 0 });
    this.muonA = checkNumber(owner, 'muonA', o.muonA ?? 3.4445);
    this.muonB = checkNumber(owner, 'muonB', o.muonB ?? -4.775);
    this.muonC = checkNumber(owner, 'muonC', o.muonC ?? 2.0315);
    this.rmsRate = o.rmsRate === null ? null : checkNumber(owner, 'rmsRate', o.rmsRate ?? 0.2);
    this.excludeLayers = readPatterns(owner, o.excludeLayers ?? []);
    this.excludeEmbeddings = checkFlag(owner, 'excludeEmbeddings', o.excludeEmbeddings ?? true);
    this.adamBeta1 = checkNumber(owner, 'adamBeta1', o.adamBeta1 ?? 0.9, beta);
    this.adamBeta2 = checkNumber(owner, 'adamBeta2', o.adamBeta2 ?? 0.999, beta);
    const decay = o.adamWeightDecay === undefined ? 0.004 : o.adamWeightDecay;
    this.adamWeightDecay = decay === null ? null : checkNumber(owner, 'adamWeightDecay', decay, { min: 0 });
    this.adamLrRatio = checkNumber(owner, 'adamLrRatio', o.adamLrRatio ?? 1);
    this.epsilon = checkNumber(owner, 'epsilon', o.epsilon ?? 1e-7, { min: 0 });
  }

  #isAdams(weight: Variable): boolean {
    if (weight.shape.length !== 2) return true;
    if (this.excludeEmbeddings && weight.path.toLowerCase().includes('embedding')) return true;
    return this.excludeLayers.some((pattern) => new RegExp(pattern).test(weight.path));
  }

  protected override buildState(weights: readonly Variable[]): void {
    for (const w of weights) {
      this.#momentums.push(this.addLike(w, 'momentum'));
      this.#velocities.push(this.#isAdams(w) ? this.addLike(w, 'velocity') : undefined);
    }
  }

  protected override decayOf(weight: Variable): number | null {
    return this.#isAdams(weight) ? this.adamWeightDecay : this.weightDecay;
  }

  protected step(rate: Tensor): Update {
    const t = this.localStep;
    const root = ops.sqrt(ops.subtract(1, ops.power(this.adamBeta2, t)));
    const scaled = ops.multiply(ops.multiply(rate, this.adamLrRatio), root);
    const alpha = ops.divide(scaled, ops.subtract(1, ops.power(this.adamBeta1, t)));
    return (gradient, weight, i) => {
      const [m, v] = [this.#momentums[i]!, this.#velocities[i]];
      if (v === undefined) return this.#turn(gradient, weight, m, rate);
      approach(m, gradient, this.adamBeta1);
      approach(v, ops.square(gradient), this.adamBeta2);
      weight.assignSub(ops.divide(ops.multiply(m, alpha), ops.add(ops.sqrt(v), this.epsilon)));
    };
  }

  #turn(gradient: Tensor, weight: Variable, m: Variable, rate: Tensor): void {
    m.assign(ops.add(ops.multiply(m, this.momentum), gradient));
    const g = this.nesterov ? ops.add(gradient, ops.multiply(m, this.momentum)) : m.value();
    const [rows, columns] = weight.shape as [number, number];
    const size = this.rmsRate === null ? 1 : Math.sqrt(Math.max(rows, columns)) * this.rmsRate;
    weight.assignSub(ops.multiply(ops.multiply(this.#orthogonal(g), rate), size));
  }

  /** U V' of the matrix' singular value decomposition, nearly: the singular values end between 0.7 and 1.2. */
  #orthogonal(g: Tensor): Tensor {
    const tall = g.shape[0]! > g.shape[1]!;
    let x = tall ? transposed(g) : g;
    x = ops.divide(x, ops.add(ops.sqrt(ops.sum(ops.square(x))), 1e-7));
    for (let i = 0; i < this.nsSteps; i++) {
      const a = ops.matmul(x, transposed(x));
      const b = ops.add(ops.multiply(a, this.muonB), ops.matmul(ops.multiply(a, this.muonC), a));
      x = ops.add(ops.multiply(x, this.muonA), ops.matmul(b, x));
    }
    return tall ? transposed(x) : x;
  }

  override getConfig(): Config {
    return {
      ...super.getConfig(),
      adam_beta_1: this.adamBeta1,
      adam_beta_2: this.adamBeta2,
      epsilon: this.epsilon,
      exclude_layers: [...this.excludeLayers],
      muon_a: this.muonA,
      muon_b: this.muonB,
      muon_c: this.muonC,
      adam_lr_ratio: this.adamLrRatio,
      momentum: this.momentum,
      ns_steps: this.nsSteps,
      nesterov: this.nesterov,
      exclude_embeddings: this.excludeEmbeddings,
      adam_weight_decay: this.adamWeightDecay,
      rms_rate: this.rmsRate,
    };
  }
}

function readPatterns(owner: string, patterns: unknown): readonly string[] {
  const bad = (what: string) =>
    new OlifantError('INVALID_ARGUMENT', `${owner}: excludeLayers must be regular expressions as strings, got ${what}`);
  if (!Array.isArray(patterns)) throw bad(describe(patterns));
  for (const p of patterns) {
    if (typeof p !== 'string') throw bad(describe(p));
    try {
      new RegExp(p);
    } catch {
      throw bad(`'${p}'`);
    }
  }
  return [...patterns];
}
