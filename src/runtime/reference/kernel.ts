import type { TypedArray } from '../../graph/dtype.ts';
import type {
  Affine,
  GatherStmt,
  IfStmt,
  IndexId,
  IndexStmt,
  Kernel,
  LoadIndexStmt,
  LoadStmt,
  LoopStmt,
  MemType,
  OpStmt,
  Stmt,
  StoreStmt,
  ValueId,
} from '../../kernel/ir.ts';
import { printStmt } from '../../kernel/print.ts';
import { LANE_OPS, type Lanes, makeLanes } from './lanes.ts';

/** A kernel that reads or writes outside of its buffers: a fault of the compiler. */
export class KernelFault extends Error {
  readonly code = 'KERNEL_FAULT';
  override readonly name = 'KernelFault';
}

/** The memory of a buffer. */
export type KernelArray = TypedArray | Uint16Array;

/** Runs the items `begin` .. `end - 1`. One array for each buffer of the kernel, of its type (`u8`: `Uint8Array`, `u16`: `Uint16Array`). */
export type KernelFunction = (buffers: readonly KernelArray[], begin: number, end: number) => void;

const compiled = new WeakMap<Kernel, KernelFunction>();

/**
 * Runs the items `begin` .. `end - 1` of a kernel (which `checkKernel` accepts). This is what the loop IR means: exact to
 * the bit, the payloads of NaN aside.
 *
 * @throws KernelFault where a statement reads or writes outside of a buffer; it names the kernel and the statement.
 */
export function interpretKernel(kernel: Kernel, buffers: readonly KernelArray[], begin: number, end: number): void {
  let run = compiled.get(kernel);
  if (run === undefined) {
    run = compileKernel(kernel);
    compiled.set(kernel, run);
  }
  run(buffers, begin, end);
}

/** Turns a kernel into closures, one a statement. */
export function compileKernel(kernel: Kernel): KernelFunction {
  return new Compiler(kernel).compile();
}

type Action = () => void;
type Memory = Int32Array | Uint16Array | Uint8Array;

/** float32 memory as words, so that moving keeps every bit. */
function memory(kernel: Kernel, buffer: number, array: KernelArray | undefined): Memory {
  const { mem, name } = kernel.buffers[buffer]!;
  const kinds: { [M in MemType]: object } = { f32: Float32Array, i32: Int32Array, u16: Uint16Array, u8: Uint8Array };
  if (array?.constructor !== kinds[mem])
    throw new KernelFault(
      `kernel ${kernel.name}: expected an array of ${mem} for ${name}, got ${array?.constructor.name}`,
    );
  return array instanceof Float32Array ? new Int32Array(array.buffer, array.byteOffset, array.length) : array;
}

function sequence(actions: readonly Action[]): Action {
  return () => {
    for (const act of actions) act();
  };
}

class Compiler {
  readonly #kernel: Kernel;
  readonly #indices = new Map<IndexId, number>();
  readonly #values = new Map<ValueId, Lanes>();
  /** The index variables. */
  #ix = new Float64Array(0);
  /** The buffers of the running call. */
  readonly #memory: Memory[] = [];

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  compile(): KernelFunction {
    const kernel = this.#kernel;
    const item = this.#index(kernel.item);
    const body = this.#block(kernel.body);
    const ix = new Float64Array(this.#indices.size);
    this.#ix = ix;
    return (buffers, begin, end) => {
      for (let b = 0; b < kernel.buffers.length; b++) this.#memory[b] = memory(kernel, b, buffers[b]);
      for (let i = begin; i < end; i++) {
        ix[item] = i;
        body();
      }
    };
  }

  #index(id: IndexId): number {
    const slot = this.#indices.get(id) ?? this.#indices.size;
    this.#indices.set(id, slot);
    return slot;
  }

  #value(id: ValueId): Lanes {
    const lanes = this.#values.get(id) ?? makeLanes(this.#kernel.lanes);
    this.#values.set(id, lanes);
    return lanes;
  }

  #affine({ c, terms }: Affine): () => number {
    const slots = terms.map(([i]) => this.#index(i));
    const factors = terms.map(([, k]) => k);
    return () => {
      let sum = c;
      for (let t = 0; t < slots.length; t++) sum += this.#ix[slots[t]!]! * factors[t]!;
      return sum;
    };
  }

  #block(body: readonly Stmt[]): Action {
    return sequence(body.map((s) => this.#statement(s)));
  }

  #statement(s: Stmt): Action {
    switch (s.k) {
      case 'loop':
        return this.#loop(s);
      case 'if':
        return this.#branch(s);
      case 'index':
        return this.#indexStatement(s);
      case 'loadIndex':
        return this.#loadIndex(s);
      case 'const': {
        const out = this.#value(s.id);
        if (s.type === 'f32') return () => out.f.fill(s.value);
        return () => out.i.fill(s.value);
      }
      case 'iota': {
        const out = this.#value(s.id);
        return () => {
          for (let k = 0; k < out.i.length; k++) out.i[k] = k;
        };
      }
      case 'splatIndex': {
        const out = this.#value(s.id);
        const at = this.#affine(s.at);
        return () => out.i.fill(at());
      }
      case 'op':
        return this.#op(s);
      case 'load':
        return this.#load(s);
      case 'gather':
        return this.#gather(s);
      case 'store':
        return this.#store(s);
    }
  }

  #loop(s: LoopStmt): Action {
    const [begin, end] = [this.#affine(s.begin), this.#affine(s.end)];
    const slot = this.#index(s.index);
    const body = this.#block(s.body);
    const carries = s.carry.map((c) => ({
      init: this.#value(c.init).i,
      phi: this.#value(c.phi).i,
      next: this.#value(c.next).i,
      out: this.#value(c.out).i,
      // a `next` may be another's `phi`, so all are read before one is written
      held: new Int32Array(this.#kernel.lanes),
    }));
    return () => {
      for (const c of carries) c.phi.set(c.init);
      const last = end();
      for (let i = begin(); i < last; i += s.step) {
        this.#ix[slot] = i;
        body();
        for (const c of carries) c.held.set(c.next);
        for (const c of carries) c.phi.set(c.held);
      }
      for (const c of carries) c.out.set(c.phi);
    };
  }

  #branch(s: IfStmt): Action {
    const value = this.#affine(s.value);
    const [then, otherwise] = [this.#block(s.then), this.#block(s.otherwise)];
    const holds = { lt: (v: number) => v < 0, ge: (v: number) => v >= 0, eq: (v: number) => v === 0 }[s.rel];
    return () => (holds(value()) ? then() : otherwise());
  }

  #indexStatement(s: IndexStmt): Action {
    const slot = this.#index(s.id);
    const a = this.#affine(s.a);
    const { b } = s;
    if (typeof b === 'number') {
      const floorDiv = (x: number) => Math.floor(x / b);
      return () => {
        const x = a();
        this.#ix[slot] = s.op === 'div' ? floorDiv(x) : x - b * floorDiv(x);
      };
    }
    const other = this.#affine(b);
    const pick = s.op === 'min' ? Math.min : Math.max;
    return () => {
      this.#ix[slot] = pick(a(), other());
    };
  }

  /** Checks that element `at` lies in a buffer. */
  #inside(s: Stmt, buf: number, size: number, at: number): void {
    if (at >= 0 && at < size) return;
    const { name } = this.#kernel.buffers[buf]!;
    throw new KernelFault(
      `kernel ${this.#kernel.name}: ${printStmt(this.#kernel, s)}: element ${at} is outside of ${name}, which has ${size}`,
    );
  }

  #loadIndex(s: LoadIndexStmt): Action {
    const slot = this.#index(s.id);
    const at = this.#affine(s.at);
    return () => {
      const from = this.#memory[s.buf]!;
      const p = at();
      this.#inside(s, s.buf, from.length, p);
      this.#ix[slot] = Math.min(Math.max(from[p]!, s.lo), s.hi);
    };
  }

  #op(s: OpStmt): Action {
    const run = LANE_OPS[s.op](s);
    const [a, b, c] = s.args.map((id) => this.#value(id));
    const out = this.#value(s.id);
    const unused = a!;
    return () => run(out, a!, b ?? unused, c ?? unused);
  }

  #load(s: LoadStmt): Action {
    const at = this.#affine(s.at);
    const out = this.#value(s.id).i;
    const count = s.count ?? this.#kernel.lanes;
    const stride = s.splat ? 0 : (s.stride ?? 1);
    return () => {
      const from = this.#memory[s.buf]!;
      const p = at();
      this.#inside(s, s.buf, from.length, p);
      this.#inside(s, s.buf, from.length, p + (count - 1) * stride);
      for (let k = 0; k < count; k++) out[k] = from[p + k * stride]!;
      out.fill(0, count);
    };
  }

  #gather(s: GatherStmt): Action {
    const at = this.#affine(s.at);
    const out = this.#value(s.id).i;
    const indices = this.#value(s.indices).i;
    const count = s.count ?? this.#kernel.lanes;
    return () => {
      const from = this.#memory[s.buf]!;
      const p = at();
      for (let k = 0; k < count; k++) {
        this.#inside(s, s.buf, from.length, p + indices[k]!);
        out[k] = from[p + indices[k]!]!;
      }
      out.fill(0, count);
    };
  }

  #store(s: StoreStmt): Action {
    const at = this.#affine(s.at);
    const value = this.#value(s.value).i;
    const count = s.count ?? this.#kernel.lanes;
    const stride = s.stride ?? 1;
    return () => {
      const to = this.#memory[s.buf]!;
      const p = at();
      this.#inside(s, s.buf, to.length, p);
      this.#inside(s, s.buf, to.length, p + (count - 1) * stride);
      for (let k = 0; k < count; k++) to[p + k * stride] = value[k]!;
    };
  }
}
