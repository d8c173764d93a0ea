import fc from 'fast-check';
import { describe, test } from 'vitest';
import { KernelBuilder } from '../../src/kernel/builder.ts';
import {
  type Affine,
  affine,
  type Kernel,
  type OpName,
  scale,
  sum,
  type ValueId,
  type VType,
} from '../../src/kernel/ir.ts';
import { OPS } from '../../src/kernel/ops.ts';
import { compare } from './x64-compare.ts';
import { type Data, runs, TARGETS } from './x64-run.ts';

/** A stream of choices: a program is drawn from random numbers, so that fast-check can shrink it. */
type Draw = (n: number) => number;

function drawFrom(numbers: readonly number[]): Draw {
  let at = 0;
  return (n) => (numbers[at++ % numbers.length]! + at * 7919) % n;
}

/** Bits of a computed float may be those of any NaN, so they are looked at only behind a comparison. */
const OPERATIONS = (Object.keys(OPS) as OpName[]).filter(
  (op) => op !== 'f2bits' && op !== 'shuffle' && op !== 'ishuffle' && op !== 'dot2',
);
const ELEMENTS = 512;

class Program {
  readonly #b: KernelBuilder;
  readonly #draw: Draw;
  readonly #lanes: number;
  readonly #f: number;
  readonly #i: number;
  readonly #u: number;
  readonly #out: number;
  #values: Record<VType, ValueId[]> = { f32: [], i32: [], mask: [] };
  /** Expressions of values 0 .. 3. */
  #indices: Affine[];
  #budget: number;

  constructor(lanes: number, draw: Draw, budget: number) {
    this.#b = new KernelBuilder('random', lanes, true);
    this.#draw = draw;
    this.#lanes = lanes;
    this.#budget = budget;
    this.#f = this.#b.buffer('f', 'f32', 'r');
    this.#i = this.#b.buffer('i', 'i32', 'r');
    this.#u = this.#b.buffer('u', 'u8', 'rw');
    this.#out = this.#b.buffer('out', 'f32', 'rw');
    this.#indices = [affine(0, [this.#b.item, 1])];
  }

  kernel(): Kernel {
    this.#block(0);
    for (const type of ['f32', 'i32', 'mask'] as const)
      for (const v of this.#values[type].slice(-12)) this.#store(v, type);
    return this.#b.finish(3);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#draw(items.length)]!;
  }

  /** An element such that `reach` more follow and precede it. */
  #at(): Affine {
    const terms = this.#indices.filter(() => this.#draw(2) === 0).map((i) => scale(i, 1 + this.#draw(9)));
    return sum([...terms, affine(200 + this.#draw(100))]);
  }

  #span(): { count?: number; stride?: number } {
    const kind = this.#draw(4);
    if (kind === 0) return { count: 1 + this.#draw(this.#lanes) };
    if (kind === 1) return { count: 1 + this.#draw(this.#lanes), stride: this.#pick([2, 3, -1, 5]) };
    return {};
  }

  #value(type: VType): ValueId {
    const known = this.#values[type];
    if (known.length > 0 && this.#draw(8) > 0)
      return this.#draw(3) === 0 ? this.#pick(known) : known[known.length - 1 - this.#draw(Math.min(4, known.length))]!;
    const b = this.#b;
    if (type === 'f32') return this.#draw(2) === 0 ? b.float(this.#pick([0, 1, -0.5, 3, 1e30])) : this.#load('f32');
    if (type === 'mask') return b.bool(this.#draw(2) === 1);
    return this.#pick([
      () => b.int(this.#draw(100) - 50),
      () => b.iota(),
      () => b.splatIndex(this.#at()),
      () => this.#load('i32'),
    ])();
  }

  #load(type: 'f32' | 'i32'): ValueId {
    const b = this.#b;
    const buffer = type === 'f32' ? this.#pick([this.#f, this.#out]) : this.#pick([this.#i, this.#u]);
    if (this.#draw(6) === 0) return b.load(buffer, this.#at(), { splat: true });
    if (this.#draw(8) === 0) {
      const index = b.op('iand', this.#value('i32'), b.int(63));
      return b.gather(buffer, this.#at(), index, 1 + this.#draw(this.#lanes));
    }
    return b.load(buffer, this.#at(), this.#span());
  }

  #keep(type: VType, v: ValueId): void {
    this.#values[type].push(v);
  }

  #operation(): void {
    const op = this.#pick(OPERATIONS);
    const { args, result } = OPS[op];
    const values = args.map((t) => this.#value(t));
    const imm = op.endsWith('Imm');
    const v = imm ? this.#b.shift(op as 'ishlImm', values[0]!, this.#draw(32)) : this.#b.op(op, ...values);
    this.#keep(result, v);
  }

  #shuffle(): void {
    const type = this.#pick(['f32', 'i32'] as const);
    const kind = this.#draw(3);
    const pattern = Array.from({ length: this.#lanes }, (_, i) =>
      kind === 0
        ? this.#draw(2 * this.#lanes)
        : kind === 1
          ? (i + 3) % this.#lanes
          : (i & ~3) + (i & 1) * this.#lanes + (i & 2),
    );
    this.#keep(type, this.#b.shuffle(this.#value(type), this.#value(type), pattern));
  }

  #store(v: ValueId, type: VType): void {
    const b = this.#b;
    if (type === 'mask') b.store(this.#u, this.#at(), b.op('iselect', v, b.int(3), b.int(200)), this.#span());
    else if (type === 'i32' && this.#draw(2) === 0) b.store(this.#u, this.#at(), v, this.#span());
    else if (type === 'i32') b.store(this.#out, this.#at(), b.op('i2f', v), this.#span());
    else b.store(this.#out, this.#at(), v, this.#span());
  }

  #block(depth: number): void {
    const length = 3 + this.#draw(depth === 0 ? 40 : 14);
    for (let n = 0; n < length && this.#budget-- > 0; n++) {
      const kind = this.#draw(22);
      if (kind <= 1 && depth < 4) this.#loop(depth);
      else if (kind === 2 && depth < 4) this.#branch(depth);
      else if (kind === 3) this.#index();
      else if (kind === 4) this.#store(this.#value('f32'), 'f32');
      else if (kind === 5) this.#store(this.#value('i32'), 'i32');
      else if (kind < 8) this.#shuffle();
      else if (kind < 11) this.#keep('f32', this.#load('f32'));
      else this.#operation();
    }
  }

  /** What `body` defines goes out of scope. */
  #scoped<T>(body: () => T): T {
    const [values, indices] = [this.#values, this.#indices];
    this.#values = { f32: [...values.f32], i32: [...values.i32], mask: [...values.mask] };
    this.#indices = [...indices];
    const result = body();
    this.#values = values;
    this.#indices = indices;
    return result;
  }

  #loop(depth: number): void {
    const types = Array.from({ length: this.#draw(5) }, () => this.#pick(['f32', 'f32', 'i32', 'mask'] as const));
    const inits = types.map((t) => this.#value(t));
    const [begin, end] = this.#pick([
      [affine(0), affine(1 + this.#draw(4))],
      [this.#pick(this.#indices), affine(3)],
      [affine(1), sum([this.#pick(this.#indices), affine(1)])],
      [affine(0), this.#pick(this.#indices)],
    ]);
    const outs = this.#b.loop(begin!, end!, 1 + this.#draw(2), inits, (i, phis) =>
      this.#scoped(() => {
        this.#indices.push(i);
        for (const [k, t] of types.entries()) this.#keep(t, phis[k]!);
        this.#block(depth + 1);
        return types.map((t) => this.#value(t));
      }),
    );
    for (const [k, t] of types.entries()) this.#keep(t, outs[k]!);
  }

  #branch(depth: number): void {
    const value = sum([this.#pick(this.#indices), scale(this.#pick(this.#indices), -1), affine(this.#draw(4) - 2)]);
    const inside = () => {
      this.#scoped(() => {
        this.#block(depth + 1);
        this.#store(this.#value('f32'), 'f32');
      });
    };
    this.#b.branch(value, this.#pick(['lt', 'ge', 'eq'] as const), inside, this.#draw(2) === 0 ? inside : undefined);
  }

  #index(): void {
    const b = this.#b;
    const a = sum([scale(this.#pick(this.#indices), 3), affine(this.#draw(20) - 10)]);
    const kind = this.#draw(3);
    if (kind === 0) this.#indices.push(b.divide('mod', a, 1 + this.#draw(4)));
    else if (kind === 1) this.#indices.push(b.bound('max', b.bound('min', a, affine(3)), affine(0)));
    else this.#indices.push(b.loadIndex(this.#pick([this.#i, this.#u]), this.#at(), 0, 3));
  }
}

function memory(seed: number): Data[] {
  let state = seed | 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state >>> 8;
  };
  return [
    Float32Array.from({ length: ELEMENTS }, () => (next() % 4001) / 16 - 125),
    Int32Array.from({ length: ELEMENTS }, () => (next() % 5 === 0 ? next() << 9 : (next() % 64) - 8)),
    Uint8Array.from({ length: ELEMENTS }, () => next()),
    Float32Array.from({ length: ELEMENTS }, () => (next() % 101) / 4 - 12),
  ];
}

describe.each(TARGETS)('random kernels on $name', (target) => {
  // OLIFANT_RANDOM_RUNS=3000 for a long search
  const numRuns = Number(process.env.OLIFANT_RANDOM_RUNS ?? 150);
  test.skipIf(!runs(target)).each([40, 300])(
    'agree with the reference (%i statements)',
    (budget) => {
      fc.assert(
        fc.property(
          fc.array(fc.nat(1 << 20), { minLength: 20, maxLength: 400, size: 'max' }),
          fc.nat(),
          (numbers, seed) => {
            const kernel = new Program(target.lanes, drawFrom(numbers), budget).kernel();
            compare(kernel, target, memory(seed), { side: seed % 2 ? 'before' : 'after' });
          },
        ),
        { numRuns },
      );
    },
    600_000,
  );
});
