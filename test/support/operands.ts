import { node } from '../../src/graph/build.ts';
import type { DType, TypedArray } from '../../src/graph/dtype.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { full } from './random-graph.ts';
import type { Rng } from './rng.ts';

const SPECIAL = [-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Sizes around the vector width. */
export const SIZES = [0, 1, 2, 3, 15, 16, 17, 33] as const;

/** Operands of random graphs, with the arrays to bind to their inputs. */
export class Operands {
  readonly bind = new Map<Node, TypedArray>();
  private readonly r: Rng;
  private readonly specials: number;

  /** `specials`: the share of NaN, infinities and -0. All other numbers are small and whole, so that sums are exact. */
  constructor(r: Rng, specials = 0) {
    this.r = r;
    this.specials = specials;
  }

  input(shape: readonly number[], dtype: DType, low = -4, high = 4): Node {
    const { r, specials } = this;
    const name = `x${this.bind.size}`;
    const n = node('input', [], { name, shape, dtype });
    const number = () => {
      if (dtype === 'bool') return r.int(0, 1);
      if (dtype === 'uint8') return r.int(0, 255);
      return dtype === 'float32' && r.unit() < specials ? r.pick(SPECIAL) : r.int(low, high);
    };
    const values = Array.from({ length: sizeOf(shape) }, number);
    this.bind.set(n, arrayOf(dtype, values));
    return n;
  }

  /** A tensor of the shape that may be a view: turned, reversed, cut out, repeated, or of one constant. */
  any(shape: readonly number[], dtype: DType, low = -4, high = 4): Node {
    const { r } = this;
    const make = (s: readonly number[]) => this.input(s, dtype, low, high);
    switch (r.int(0, 7)) {
      case 0: {
        const perm = r.permutation(shape.length);
        const x = make(perm.map((_, i) => shape[perm.indexOf(i)]!));
        return node('permute', [x], { perm });
      }
      case 1:
        return node('reverse', [make(shape)], { axes: r.subset(shape.length) });
      case 2: {
        const step = shape.map(() => r.int(1, 2));
        const start = shape.map(() => r.int(0, 2));
        const limit = shape.map((d, i) => start[i]! + (d === 0 ? 0 : (d - 1) * step[i]! + 1));
        return node('slice', [make(limit.map((d) => d + 1))], { start, limit, step });
      }
      case 3:
        return node('broadcast', [make(shape.map((d) => (r.unit() < 0.5 ? 1 : d)))], { shape });
      case 4:
        return dtype === 'uint8' ? make(shape) : full(dtype === 'bool' ? r.int(0, 1) : r.int(low, high), shape, dtype);
      default:
        return make(shape);
    }
  }
}

function arrayOf(dtype: DType, values: readonly number[]): TypedArray {
  if (dtype === 'float32') return Float32Array.from(values);
  return dtype === 'int32' ? Int32Array.from(values) : Uint8Array.from(values);
}
