import type { Affine, IndexId, Kernel, LoadStmt, LoopStmt, MemType, OpStmt, Stmt, ValueId, VType } from './ir.ts';
import { OPS } from './ops.ts';
import { printStmt } from './print.ts';

/** A kernel that cannot be. The message names the kernel and the statement. */
export class KernelError extends Error {
  readonly code = 'KERNEL';
  override readonly name = 'KernelError';
}

/**
 * Checks that a kernel is well formed: every value and index defined once, before its use and in scope; operands of the
 * types that the operations have; buffers used as declared; lanes, counts, shifts and patterns within their ranges.
 *
 * @throws KernelError at the first statement that is not.
 */
export function checkKernel(kernel: Kernel): void {
  new Check(kernel).run();
}

const isInt = Number.isSafeInteger;
const isInt32 = (x: number) => (x | 0) === x;

class Check {
  readonly #kernel: Kernel;
  /** What is in scope. */
  readonly #values = new Map<ValueId, VType>();
  readonly #indices = new Set<IndexId>();
  /** What was ever defined. */
  readonly #usedValues = new Set<ValueId>();
  readonly #usedIndices = new Set<IndexId>();
  #scope: { readonly values: ValueId[]; readonly indices: IndexId[] } = { values: [], indices: [] };
  #where: Stmt | undefined;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  run(): void {
    const { lanes, domain, item, body, buffers } = this.#kernel;
    this.#need(lanes === 4 || lanes === 8 || lanes === 16, '4, 8 or 16 lanes', `${lanes}`);
    this.#need(isInt(domain) && domain >= 0, 'a number of items', `${domain}`);
    this.#need(new Set(buffers.map((b) => b.name)).size === buffers.length, 'distinct buffer names', 'the same twice');
    this.#defineIndex(item);
    this.#block(body);
  }

  #need(ok: boolean, expected: string, got: string): asserts ok {
    if (ok) return;
    const where = this.#where ? `: ${printStmt(this.#kernel, this.#where)}` : '';
    throw new KernelError(`kernel ${this.#kernel.name}${where}: expected ${expected}, got ${got}`);
  }

  #define(id: ValueId, type: VType): void {
    this.#need(!this.#usedValues.has(id), 'a value defined once', `%${id} again`);
    this.#usedValues.add(id);
    this.#scope.values.push(id);
    this.#values.set(id, type);
  }

  #defineIndex(id: IndexId): void {
    this.#need(!this.#usedIndices.has(id), 'an index defined once', `i${id} again`);
    this.#usedIndices.add(id);
    this.#scope.indices.push(id);
    this.#indices.add(id);
  }

  #use(id: ValueId, type: VType): void {
    const got = this.#values.get(id);
    this.#need(got === type, `%${id} to be ${type}`, got ?? 'nothing defined here');
  }

  #affine({ c, terms }: Affine): void {
    this.#need(isInt(c), 'an integer', `${c}`);
    terms.forEach(([i, k], n) => {
      this.#need(this.#indices.has(i), `i${i} in scope`, 'nothing defined here');
      this.#need(isInt(k) && k !== 0, `an integer coefficient of i${i} other than 0`, `${k}`);
      this.#need(n === 0 || terms[n - 1]![0] < i, 'terms sorted by index', `i${terms[n - 1]?.[0]} before i${i}`);
    });
  }

  /** What `f` defines goes out of scope after it. */
  #scoped(f: () => void): void {
    const outer = this.#scope;
    this.#scope = { values: [], indices: [] };
    f();
    for (const id of this.#scope.values) this.#values.delete(id);
    for (const id of this.#scope.indices) this.#indices.delete(id);
    this.#scope = outer;
  }

  #block(body: readonly Stmt[]): void {
    for (const s of body) {
      this.#where = s;
      this.#statement(s);
    }
  }

  #statement(s: Stmt): void {
    switch (s.k) {
      case 'loop':
        this.#loop(s);
        break;
      case 'if':
        this.#affine(s.value);
        this.#scoped(() => this.#block(s.then));
        this.#scoped(() => this.#block(s.otherwise));
        break;
      case 'index':
        this.#affine(s.a);
        if (typeof s.b === 'number') this.#need(isInt(s.b) && s.b > 0, 'a positive divisor', `${s.b}`);
        else this.#affine(s.b);
        this.#defineIndex(s.id);
        break;
      case 'loadIndex':
        this.#access(s.buf, 'i32', 'r');
        this.#affine(s.at);
        this.#need(isInt32(s.lo) && isInt32(s.hi) && s.lo <= s.hi, 'a range', `${s.lo} .. ${s.hi}`);
        this.#defineIndex(s.id);
        break;
      case 'const':
        if (s.type === 'i32') this.#need(isInt32(s.value), 'an int32', `${s.value}`);
        if (s.type === 'mask') this.#need(s.value === 0 || s.value === 1, '0 or 1', `${s.value}`);
        this.#define(s.id, s.type);
        break;
      case 'iota':
        this.#define(s.id, 'i32');
        break;
      case 'splatIndex':
        this.#affine(s.at);
        this.#define(s.id, 'i32');
        break;
      case 'op':
        this.#op(s);
        break;
      case 'load':
        this.#access(s.buf, s.type, 'r');
        this.#affine(s.at);
        this.#span(s);
        this.#need(!s.splat || (s.count ?? s.stride) === undefined, 'a splat without count and stride', 'one of them');
        this.#define(s.id, s.type);
        break;
      case 'gather':
        this.#access(s.buf, s.type, 'r');
        this.#affine(s.at);
        this.#span(s);
        this.#use(s.indices, 'i32');
        this.#define(s.id, s.type);
        break;
      case 'store':
        this.#access(s.buf, s.type, 'w');
        this.#affine(s.at);
        this.#span(s);
        this.#need(s.stride !== 0, 'a stride other than 0', '0');
        this.#use(s.value, s.type);
        break;
    }
  }

  #loop(s: LoopStmt): void {
    this.#affine(s.begin);
    this.#affine(s.end);
    this.#need(isInt(s.step) && s.step > 0, 'a positive step', `${s.step}`);
    for (const c of s.carry) this.#use(c.init, c.type);
    this.#scoped(() => {
      this.#defineIndex(s.index);
      for (const c of s.carry) this.#define(c.phi, c.type);
      this.#block(s.body);
      this.#where = s;
      for (const c of s.carry) this.#use(c.next, c.type);
    });
    for (const c of s.carry) this.#define(c.out, c.type);
  }

  #op(s: OpStmt): void {
    const row = OPS[s.op];
    const { lanes } = this.#kernel;
    this.#need(row !== undefined, 'an operation', s.op);
    this.#need(s.args.length === row.args.length, `${row.args.length} operands`, `${s.args.length}`);
    this.#need(s.type === row.result, `the type ${row.result}`, s.type);
    s.args.forEach((a, i) => {
      this.#use(a, row.args[i]!);
    });
    if (s.op.endsWith('Imm'))
      this.#need(isInt(s.imm!) && s.imm! >= 0 && s.imm! < 32, 'a shift count of 0 to 31', `${s.imm}`);
    else this.#need(s.imm === undefined, 'no immediate', `${s.imm}`);
    if (s.op === 'shuffle' || s.op === 'ishuffle') {
      const fits = s.pattern?.length === lanes && s.pattern.every((p) => isInt(p) && p >= 0 && p < 2 * lanes);
      this.#need(fits, `a pattern of ${lanes} lanes out of ${2 * lanes}`, `[${s.pattern?.join(' ') ?? ''}]`);
    } else this.#need(s.pattern === undefined, 'no pattern', `[${s.pattern?.join(' ')}]`);
    this.#define(s.id, s.type);
  }

  #access(buf: number, type: 'f32' | 'i32', access: 'r' | 'w'): void {
    const b = this.#kernel.buffers[buf];
    this.#need(b !== undefined, `a buffer below ${this.#kernel.buffers.length}`, `${buf}`);
    const held: readonly MemType[] = type === 'f32' ? ['f32'] : ['i32', 'u16', 'u8'];
    this.#need(held.includes(b.mem), `${b.name} to hold ${held.join(' or ')}`, b.mem);
    this.#need(b.access.includes(access), `${b.name} to be ${access === 'r' ? 'readable' : 'writable'}`, b.access);
  }

  #span({ count, stride }: Pick<LoadStmt, 'count'> & { readonly stride?: number }): void {
    const { lanes } = this.#kernel;
    this.#need(count === undefined || (isInt(count) && count > 0 && count <= lanes), `1 to ${lanes} lanes`, `${count}`);
    this.#need(stride === undefined || isInt(stride), 'an integer stride', `${stride}`);
  }
}
