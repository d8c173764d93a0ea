import {
  type Affine,
  affine,
  type BufferParam,
  type Carry,
  type IndexId,
  type IndexStmt,
  type Kernel,
  type MemType,
  type OpName,
  type Stmt,
  scale,
  sum,
  type ValueId,
  type VType,
} from './ir.ts';
import { OPS } from './ops.ts';

/** How a load or a store reaches its lanes. */
export interface LaneOptions {
  readonly splat?: boolean;
  readonly count?: number;
  readonly stride?: number;
}

interface Scope {
  readonly stmts: Stmt[];
  /** Values already computed here, by what computes them: equal expressions are computed once. */
  readonly known: Map<string, ValueId>;
}

/** Writes a kernel statement by statement; equal pure values in scope are shared. */
export class KernelBuilder {
  readonly name: string;
  readonly lanes: number;
  readonly item: IndexId = 0;
  /** Whether `mulAdd` and `mulSub` round once. */
  readonly fused: boolean;
  private readonly buffers: BufferParam[] = [];
  private readonly types: VType[] = [];
  private readonly constants = new Map<ValueId, number>();
  private readonly scopes: Scope[] = [{ stmts: [], known: new Map() }];
  private nextIndex = 1;

  /** `fma`: whether `mulAdd` may round once. */
  constructor(name: string, lanes: number, fma: boolean) {
    this.name = name;
    this.lanes = lanes;
    this.fused = fma;
  }

  buffer(name: string, mem: MemType, access: BufferParam['access']): number {
    return this.buffers.push({ name, mem, access }) - 1;
  }

  typeOf(value: ValueId): VType {
    return this.types[value]!;
  }

  /** The number that `value` has in all lanes, where it is a constant. */
  constantOf(value: ValueId): number | undefined {
    return this.constants.get(value);
  }

  float(value: number): ValueId {
    return this.constant('f32', value);
  }

  int(value: number): ValueId {
    return this.constant('i32', value | 0);
  }

  bool(value: boolean): ValueId {
    return this.constant('mask', value ? 1 : 0);
  }

  /** 0, 1, 2 ... in the lanes. */
  iota(): ValueId {
    return this.shared('iota', 'i32', (id) => ({ k: 'iota', id }));
  }

  splatIndex(at: Affine): ValueId {
    return this.shared(`index ${show(at)}`, 'i32', (id) => ({ k: 'splatIndex', id, at }));
  }

  op(op: OpName, ...args: ValueId[]): ValueId {
    return this.emitOp(op, args);
  }

  /** A shift by a constant. */
  shift(op: 'ishlImm' | 'ishrImm' | 'isarImm' | 'irotlImm', a: ValueId, imm: number): ValueId {
    return this.emitOp(op, [a], { imm });
  }

  /** Lanes of `a` and `b` by number: 0 .. lanes-1 are those of `a`, then those of `b`. */
  shuffle(a: ValueId, b: ValueId, pattern: readonly number[]): ValueId {
    return this.emitOp(this.typeOf(a) === 'f32' ? 'shuffle' : 'ishuffle', [a, b], { pattern });
  }

  /** a * b + c, rounded once where the mode and the target allow it. */
  mulAdd(a: ValueId, b: ValueId, c: ValueId): ValueId {
    return this.fused ? this.op('fma', a, b, c) : this.op('add', this.op('mul', a, b), c);
  }

  /** c - a * b, likewise. */
  mulSub(a: ValueId, b: ValueId, c: ValueId): ValueId {
    return this.fused ? this.op('fnma', a, b, c) : this.op('sub', c, this.op('mul', a, b));
  }

  load(buf: number, at: Affine, lanes: LaneOptions = {}): ValueId {
    const type = this.buffers[buf]!.mem === 'f32' ? 'f32' : 'i32';
    const make = (id: ValueId): Stmt => ({ k: 'load', id, type, buf, at, ...lanes });
    if (this.buffers[buf]!.access !== 'r') return this.fresh(type, make);
    const key = `load ${buf} ${show(at)} ${lanes.splat ? 's' : ''} ${lanes.count ?? ''} ${lanes.stride ?? ''}`;
    return this.shared(key, type, make);
  }

  gather(buf: number, at: Affine, indices: ValueId, count?: number): ValueId {
    const type = this.buffers[buf]!.mem === 'f32' ? 'f32' : 'i32';
    return this.fresh(type, (id) => ({ k: 'gather', id, type, buf, at, indices, ...(count ? { count } : {}) }));
  }

  store(buf: number, at: Affine, value: ValueId, lanes: Omit<LaneOptions, 'splat'> = {}): void {
    const type = this.buffers[buf]!.mem === 'f32' ? 'f32' : 'i32';
    this.push({ k: 'store', value, type, buf, at, ...lanes });
  }

  loadIndex(buf: number, at: Affine, lo: number, hi: number): Affine {
    const id = this.nextIndex++;
    this.push({ k: 'loadIndex', id, buf, at, lo, hi });
    return affine(0, [id, 1]);
  }

  /** floor(a / b) or a mod b by a positive constant, folded where that needs no statement. */
  divide(op: 'div' | 'mod', a: Affine, b: number): Affine {
    if (b === 1) return op === 'div' ? a : affine(0);
    if (a.terms.length === 0) return affine(op === 'div' ? Math.floor(a.c / b) : ((a.c % b) + b) % b);
    return this.index((id) => ({ k: 'index', id, op, a, b }));
  }

  bound(op: 'min' | 'max', a: Affine, b: Affine): Affine {
    if (a.terms.length === 0 && b.terms.length === 0)
      return affine(op === 'min' ? Math.min(a.c, b.c) : Math.max(a.c, b.c));
    return this.index((id) => ({ k: 'index', id, op, a, b }));
  }

  /** A counted loop; `body` gets the index and the carried values and returns their next ones. */
  loop(
    begin: Affine,
    end: Affine,
    step: number,
    inits: readonly ValueId[],
    body: (index: Affine, carried: readonly ValueId[]) => readonly ValueId[],
  ): ValueId[] {
    const index = this.nextIndex++;
    const phis = inits.map((v) => this.value(this.typeOf(v)));
    const scope: Scope = { stmts: [], known: new Map() };
    this.scopes.push(scope);
    const nexts = body(affine(0, [index, 1]), phis);
    this.scopes.pop();
    const carry: Carry[] = inits.map((init, i) => {
      const type = this.typeOf(init);
      return { type, init, phi: phis[i]!, next: nexts[i]!, out: this.value(type) };
    });
    this.push({ k: 'loop', index, begin, end, step, carry, body: scope.stmts });
    return carry.map((c) => c.out);
  }

  /** A loop from 0 to `n` that carries nothing; one iteration needs no loop. */
  times(n: number, step: number, body: (index: Affine) => void): void {
    if (n <= 0) return;
    if (n <= step) return body(affine(0));
    this.loop(affine(0), affine(n), step, [], (i) => {
      body(i);
      return [];
    });
  }

  branch(value: Affine, rel: 'lt' | 'ge' | 'eq', then: () => void, otherwise: () => void = () => {}): void {
    this.push({ k: 'if', value, rel, then: this.block(then), otherwise: this.block(otherwise) });
  }

  finish(domain: number): Kernel {
    const body = this.scopes[0]!.stmts;
    return { name: this.name, lanes: this.lanes, buffers: this.buffers, domain, item: this.item, body };
  }

  private block(body: () => void): Stmt[] {
    const scope: Scope = { stmts: [], known: new Map() };
    this.scopes.push(scope);
    body();
    this.scopes.pop();
    return scope.stmts;
  }

  private constant(type: VType, value: number): ValueId {
    const key = `const ${type} ${Object.is(value, -0) ? '-0' : value}`;
    const id = this.shared(key, type, (fresh) => ({ k: 'const', id: fresh, type, value }));
    this.constants.set(id, value);
    return id;
  }

  private emitOp(op: OpName, args: ValueId[], extra: { imm?: number; pattern?: readonly number[] } = {}): ValueId {
    const type = OPS[op].result;
    const key = `${op} ${args.join(' ')} ${extra.imm ?? ''} ${extra.pattern?.join(' ') ?? ''}`;
    return this.shared(key, type, (id) => ({ k: 'op', id, type, op, args, ...extra }));
  }

  private index(make: (id: IndexId) => IndexStmt): Affine {
    const id = this.nextIndex++;
    this.push(make(id));
    return affine(0, [id, 1]);
  }

  private shared(key: string, type: VType, make: (id: ValueId) => Stmt): ValueId {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const known = this.scopes[i]!.known.get(key);
      if (known !== undefined) return known;
    }
    const id = this.fresh(type, make);
    this.scopes[this.scopes.length - 1]!.known.set(key, id);
    return id;
  }

  private fresh(type: VType, make: (id: ValueId) => Stmt): ValueId {
    const id = this.value(type);
    this.push(make(id));
    return id;
  }

  private value(type: VType): ValueId {
    return this.types.push(type) - 1;
  }

  private push(stmt: Stmt): void {
    this.scopes[this.scopes.length - 1]!.stmts.push(stmt);
  }
}

function show(a: Affine): string {
  return `${a.c}${a.terms.map(([i, k]) => `+${k}i${i}`).join('')}`;
}

export { type Affine, affine, scale, sum };
