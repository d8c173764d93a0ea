import type { FunctionBuilder } from '../../asm/wasm/function.ts';
import type { ModuleBuilder } from '../../asm/wasm/module.ts';
import {
  type Affine,
  type IfStmt,
  type IndexId,
  type IndexStmt,
  type Kernel,
  type LoadIndexStmt,
  type LoopStmt,
  type Stmt,
  scale,
  sum,
  type ValueId,
} from '../../kernel/ir.ts';
import { ConstantPool } from './constants.ts';
import type { Constant, Context } from './context.ts';
import { bufferOf } from './elements.ts';
import { emitGather, emitLoad, emitStore } from './memory.ts';
import { constantsOf, emitOperation } from './operations.ts';
import { LANES, type WasmOptions } from './options.ts';
import { ValuePlan } from './plan.ts';
import { type Pointer, PointerPlan } from './pointers.ts';
import { Ranges } from './ranges.ts';
import { isValueStmt, type ValueStmt } from './uses.ts';

/** Parameters of a kernel's function. */
const PARAM = { args: 0, begin: 1, end: 2 } as const;

/**
 * Adds the function of a kernel, `(args, begin, end)`: `args` is the address of a table of the buffers' addresses (i32),
 * items `begin .. end - 1` are run. Returns its index.
 *
 * @throws if the kernel is not for 4 lanes, uses an operation that the options exclude, or needs indices of more than
 * 32 bits.
 */
export function emitKernel(module: ModuleBuilder, kernel: Kernel, options: WasmOptions): number {
  if (kernel.lanes !== LANES) {
    throw new Error(`kernel "${kernel.name}" is for ${kernel.lanes} lanes, this target has ${LANES}`);
  }
  const { index, builder } = module.function(kernel.name, ['i32', 'i32', 'i32'], []);
  new KernelEmitter(builder, kernel, options).emit();
  return index;
}

class KernelEmitter implements Context {
  readonly f: FunctionBuilder;
  readonly kernel: Kernel;
  readonly options: WasmOptions;
  private readonly ranges: Ranges;
  private readonly values: ValuePlan;
  private readonly pointers: PointerPlan;
  private readonly constants = new ConstantPool();
  private readonly vectors: readonly number[];
  private readonly indices = new Map<IndexId, number>();
  private readonly pointerLocals = new Map<Pointer, number>();
  private readonly freeScalars: number[] = [];
  private scratchLocal: number | undefined;

  constructor(f: FunctionBuilder, kernel: Kernel, options: WasmOptions) {
    this.f = f;
    this.kernel = kernel;
    this.options = options;
    this.ranges = new Ranges(kernel);
    this.values = new ValuePlan(kernel, options);
    this.pointers = new PointerPlan(kernel, this.values, this.ranges, options);
    this.vectors = Array.from({ length: this.values.locals }, () => f.local('v128'));
  }

  emit(): void {
    const { f, kernel } = this;
    if (kernel.domain > 0) {
      for (const s of this.values.usedConstants) this.constants.add(f, constantOf(s));
      this.announceConstants(kernel.body);
      for (const p of this.pointers.of(undefined)) this.setPointer(p);
      this.indices.set(kernel.item, PARAM.begin);
      const guard = () => f.get(PARAM.begin).get(PARAM.end);
      this.counted(kernel.item, PARAM.begin, 1, guard, { guarded: true, once: kernel.domain === 1 }, () =>
        this.body(kernel.body),
      );
    }
    f.end();
  }

  private announceConstants(body: readonly Stmt[]): void {
    for (const s of body) {
      if (s.k === 'loop') this.announceConstants(s.body);
      else if (s.k === 'if') for (const branch of [s.then, s.otherwise]) this.announceConstants(branch);
      else if (s.k === 'op' && !this.values.isDead(s)) {
        for (const c of constantsOf(s.op, this.options)) this.constants.add(this.f, c);
      }
    }
  }

  value(id: ValueId): void {
    const inline = this.values.inline(id);
    if (inline) this.expression(inline);
    else this.f.get(this.vector(id));
  }

  constant(c: Constant): void {
    this.constants.push(this.f, c);
  }

  scratch(): number {
    this.scratchLocal ??= this.f.local('v128');
    return this.scratchLocal;
  }

  address(buf: number, at: Affine): number {
    const pointer = this.pointers.at(buf, at);
    this.f.get(this.pointerLocal(pointer));
    const offset = (at.c - pointer.bias) * pointer.bytes;
    if (offset >= 0) return offset;
    this.f.emit('i32.const', offset).emit('i32.add');
    return 0;
  }

  affine(a: Affine): void {
    const { f } = this;
    const wrapped = (value: number) => Number(BigInt.asIntN(32, BigInt(value)));
    for (const [i, [index, k]] of a.terms.entries()) {
      f.get(this.indexLocal(index));
      if (k !== 1) f.emit('i32.const', wrapped(k)).emit('i32.mul');
      if (i > 0) f.emit('i32.add');
    }
    if (a.terms.length === 0 || a.c !== 0) f.emit('i32.const', wrapped(a.c));
    if (a.terms.length > 0 && a.c !== 0) f.emit('i32.add');
  }

  private vector(id: ValueId): number {
    return this.vectors[this.values.local(id)]!;
  }

  private indexLocal(index: IndexId): number {
    const local = this.indices.get(index);
    if (local === undefined) throw new Error(`kernel "${this.kernel.name}": index ${index} is not defined here`);
    return local;
  }

  private pointerLocal(pointer: Pointer): number {
    const local = this.pointerLocals.get(pointer);
    if (local === undefined) throw new Error(`kernel "${this.kernel.name}": an address is used where it is not set`);
    return local;
  }

  private expression(s: ValueStmt): void {
    if (s.k === 'op') emitOperation(this, s);
    else if (s.k === 'load') emitLoad(this, s);
    else if (s.k === 'gather') emitGather(this, s);
    else if (s.k === 'splatIndex') {
      this.affine(s.at);
      this.f.emit('i32x4.splat');
    } else this.constant(constantOf(s));
  }

  private body(body: readonly Stmt[]): void {
    const scope: number[] = [];
    for (const s of body) {
      if (s.k === 'loop') this.loop(s);
      else if (s.k === 'if') this.branch(s);
      else if (s.k === 'store') emitStore(this, s);
      else if (s.k === 'index' || s.k === 'loadIndex') this.defineIndex(s, scope);
      else if (isValueStmt(s) && !this.values.isSkipped(s)) {
        this.expression(s);
        this.f.set(this.vector(s.id));
      }
    }
    this.freeScalars.push(...scope);
  }

  private scalar(scope: number[]): number {
    const local = this.freeScalars.pop() ?? this.f.local('i32');
    scope.push(local);
    return local;
  }

  private branch(s: IfStmt): void {
    const { f } = this;
    this.affine(s.value);
    if (s.rel === 'eq') f.emit('i32.eqz');
    else f.emit('i32.const', 0).emit(s.rel === 'lt' ? 'i32.lt_s' : 'i32.ge_s');
    f.if();
    this.body(s.then);
    if (s.otherwise.length > 0) {
      f.else();
      this.body(s.otherwise);
    }
    f.end();
  }

  private loop(s: LoopStmt): void {
    const { f } = this;
    for (const c of s.carry) {
      const to = this.vector(c.phi);
      if (!this.values.inline(c.init) && this.vector(c.init) === to) continue;
      this.value(c.init);
      f.set(to);
    }
    const length = this.ranges.of(sum([s.end, scale(s.begin, -1)]));
    if (length.hi <= 0) return;
    const scope: number[] = [];
    const index = this.scalar(scope);
    this.indices.set(s.index, index);
    this.affine(s.begin);
    f.set(index);
    const once = length.hi <= s.step;
    let pushEnd = () => this.affine(s.end);
    if (s.end.terms.length > 0 && !once) {
      const end = this.scalar(scope);
      this.affine(s.end);
      f.set(end);
      pushEnd = () => f.get(end);
    }
    const operands = () => {
      f.get(index);
      pushEnd();
    };
    this.counted(s.index, index, s.step, operands, { guarded: length.lo <= 0, once }, () => {
      this.body(s.body);
      const copies = s.carry.filter((c) => this.values.inline(c.next) || this.vector(c.next) !== this.vector(c.phi));
      for (const c of copies) this.value(c.next);
      for (const c of copies.reverse()) f.set(this.vector(c.phi));
    });
    this.freeScalars.push(...scope);
  }

  /** The frame of a loop: guard, pointers, counter. `operands` pushes the counter and the end. */
  private counted(
    id: IndexId,
    index: number,
    step: number,
    operands: () => void,
    { guarded, once }: { guarded: boolean; once: boolean },
    body: () => void,
  ): void {
    const { f } = this;
    if (guarded) {
      f.block();
      operands();
      f.emit('i32.ge_s').brIf(0);
    }
    const scope: number[] = [];
    const pointers = this.pointers.of(id);
    for (const p of pointers) this.setPointer(p, scope);
    if (!once) f.loop();
    body();
    if (!once) {
      for (const p of pointers) this.increment(this.pointerLocal(p), p.coefficient * step * p.bytes);
      this.increment(index, step);
      operands();
      f.emit('i32.lt_s').brIf(0).end();
    }
    if (guarded) f.end();
    this.freeScalars.push(...scope);
  }

  private increment(local: number, by: number): void {
    this.f.get(local).emit('i32.const', by).emit('i32.add').set(local);
  }

  /** Computes a pointer where its innermost index has just been set. */
  private setPointer(p: Pointer, scope: number[] = []): void {
    const { f } = this;
    if (p.parent) f.get(this.pointerLocal(p.parent));
    else f.get(PARAM.args).emit('i32.load', 4 * p.buf);
    if (p.index !== undefined && p.fromIndex) {
      f.get(this.indexLocal(p.index));
      const factor = p.coefficient * p.bytes;
      if (factor !== 1) f.emit('i32.const', factor).emit('i32.mul');
      f.emit('i32.add');
    }
    const shift = (p.constant + p.bias - (p.parent?.bias ?? 0)) * p.bytes;
    if (shift !== 0) f.emit('i32.const', shift).emit('i32.add');
    const local = this.scalar(scope);
    f.set(local);
    this.pointerLocals.set(p, local);
  }

  private defineIndex(s: IndexStmt | LoadIndexStmt, scope: number[]): void {
    const { f } = this;
    const local = this.scalar(scope);
    this.indices.set(s.id, local);
    if (s.k === 'loadIndex') this.loadIndex(s, local);
    else if (isDivision(s)) this.divide(s, local);
    else this.smaller(s, scope);
    f.set(local);
    for (const p of this.pointers.of(s.id)) this.setPointer(p, scope);
  }

  private smaller(s: Exclude<IndexStmt, Division>, scope: number[]): void {
    const { f } = this;
    const a = this.scalar(scope);
    const b = this.scalar(scope);
    this.affine(s.a);
    f.set(a);
    this.affine(s.b);
    f.set(b).get(a).get(b).get(a).get(b);
    f.emit(s.op === 'min' ? 'i32.lt_s' : 'i32.gt_s').select('i32');
  }

  private loadIndex(s: LoadIndexStmt, local: number): void {
    const { f } = this;
    const { name, mem } = bufferOf(this.kernel, s.buf);
    if (mem !== 'i32') throw new Error(`kernel "${this.kernel.name}": an index from buffer "${name}" of ${mem}`);
    const offset = this.address(s.buf, s.at);
    f.emit('i32.load', offset).set(local);
    f.emit('i32.const', s.lo).get(local).get(local).emit('i32.const', s.lo).emit('i32.lt_s').select('i32').set(local);
    f.emit('i32.const', s.hi).get(local).get(local).emit('i32.const', s.hi).emit('i32.gt_s').select('i32');
  }

  /** Floored, by a positive constant. Pushes the result. */
  private divide(s: Division, local: number): void {
    const { f } = this;
    if (!(Number.isInteger(s.b) && s.b > 0 && s.b < 2 ** 31)) {
      throw new Error(`kernel "${this.kernel.name}": ${s.op} by ${s.b}, which is not a positive constant`);
    }
    this.affine(s.a);
    f.emit('i32.const', s.b);
    if (this.ranges.of(s.a).lo >= 0) {
      f.emit(s.op === 'div' ? 'i32.div_u' : 'i32.rem_u');
      return;
    }
    f.emit('i32.rem_s');
    if (s.op === 'mod') {
      // The remainder has the sign of the dividend: r + (b & (r >> 31)).
      f.set(local).get(local).emit('i32.const', 31).emit('i32.shr_s').emit('i32.const', s.b).emit('i32.and');
      f.get(local).emit('i32.add');
      return;
    }
    f.emit('i32.const', 31).emit('i32.shr_s');
    this.affine(s.a);
    f.emit('i32.const', s.b).emit('i32.div_s').emit('i32.add');
  }
}

type Division = Extract<IndexStmt, { b: number }>;
const isDivision = (s: IndexStmt): s is Division => s.op === 'div' || s.op === 'mod';

function constantOf(s: ValueStmt): Constant {
  if (s.k === 'iota') return 'iota';
  if (s.k === 'const') return { type: s.type, value: s.value };
  throw new Error(`a ${s.k} is not a constant`);
}
