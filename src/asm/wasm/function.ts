import { ByteWriter } from './bytes.ts';
import {
  type Immediates,
  type ImmediatesOf,
  INSTRUCTIONS,
  type InstructionName,
  type Row,
  VAL_TYPES,
  type ValType,
} from './instructions.ts';

/** The types that a function takes and gives. */
export interface Signature {
  readonly params: readonly ValType[];
  readonly results: readonly ValType[];
}

interface Frame {
  readonly kind: 'function' | 'block' | 'loop' | 'if' | 'else';
  /** At most one result; blocks take no parameters. */
  readonly results: readonly ValType[];
  /** Height of the operand stack at entry. */
  readonly height: number;
  /** After an unconditional branch: whatever is popped below `height` exists. */
  unreachable: boolean;
}

const VOID = 0x40;

/** Writes one function, keeping the types of the operand stack as the validation algorithm does (core, appendix A.3). */
export class FunctionBuilder {
  readonly name: string;
  readonly signature: Signature;
  private readonly locals: ValType[];
  private readonly code = new ByteWriter();
  private readonly stack: (ValType | 'any')[] = [];
  private readonly frames: Frame[];
  private readonly signatureOf: (index: number) => Signature;
  /** Where the code of the last `set` began and ended. */
  private lastSet = { local: -1, begin: -1, end: -1 };

  constructor(name: string, signature: Signature, signatureOf: (index: number) => Signature) {
    this.name = name;
    this.signature = signature;
    this.locals = [...signature.params];
    this.signatureOf = signatureOf;
    this.frames = [{ kind: 'function', results: signature.results, height: 0, unreachable: false }];
  }

  private fail(what: string): never {
    throw new Error(`wasm assembler: function "${this.name}" at byte ${this.code.length}: ${what}`);
  }

  private frame(): Frame {
    return this.frames.at(-1) ?? this.fail('the function has ended');
  }

  private pop(expected: ValType, context: string): void {
    const frame = this.frame();
    if (this.stack.length === frame.height) {
      if (frame.unreachable) return;
      this.fail(`${context} takes ${expected}, the operand stack is empty`);
    }
    const actual = this.stack.pop();
    if (actual !== expected && actual !== 'any') this.fail(`${context} takes ${expected}, found ${actual}`);
  }

  private apply(params: readonly ValType[], results: readonly ValType[], context: string): void {
    for (let i = params.length - 1; i >= 0; i--) this.pop(params[i]!, context);
    this.stack.push(...results);
  }

  private markUnreachable(): void {
    const frame = this.frame();
    this.stack.length = frame.height;
    frame.unreachable = true;
  }

  /** A new local; locals are zero at entry. */
  local(type: ValType): number {
    this.locals.push(type);
    return this.locals.length - 1;
  }

  private localType(index: number): ValType {
    return this.locals[index] ?? this.fail(`there is no local ${index}`);
  }

  /** `local.get`; right after a `set` of the same local, both become a `local.tee`. */
  get(local: number): this {
    this.frame();
    this.stack.push(this.localType(local));
    const { local: same, begin, end } = this.lastSet;
    if (same === local && end === this.code.length) {
      this.code.length = begin;
      this.code.byte(0x22).u32(local);
      this.lastSet = { local: -1, begin: -1, end: -1 };
    } else {
      this.code.byte(0x20).u32(local);
    }
    return this;
  }

  set(local: number): this {
    this.pop(this.localType(local), 'local.set');
    const begin = this.code.length;
    this.code.byte(0x21).u32(local);
    this.lastSet = { local, begin, end: this.code.length };
    return this;
  }

  tee(local: number): this {
    const type = this.localType(local);
    this.apply([type], [type], 'local.tee');
    this.code.byte(0x22).u32(local);
    return this;
  }

  /** Any instruction of the table. Throws if the operand stack or an immediate does not fit. */
  emit<N extends InstructionName>(name: N, ...immediates: ImmediatesOf<N>): this {
    const row: Row = INSTRUCTIONS[name];
    this.apply(row.params, row.results, name);
    if (row.prefix === 0) this.code.byte(row.code);
    else this.code.byte(row.prefix).u32(row.code);
    this.immediates(name, row, immediates);
    if (name === 'unreachable') this.markUnreachable();
    return this;
  }

  private immediates(name: string, row: Row, values: Immediates[keyof Immediates]): void {
    const [first, second] = values;
    switch (row.imm) {
      case 'i32':
        this.code.s32(first as number);
        break;
      case 'i64':
        this.code.s64(first as bigint);
        break;
      case 'f32':
        this.code.f32(first as number);
        break;
      case 'f64':
        this.code.f64(first as number);
        break;
      case 'mem':
      case 'memlane':
        this.code.u32(row.size).u32(first as number);
        if (row.imm === 'memlane') this.laneIndex(name, row, second as number);
        break;
      case 'lane':
        this.laneIndex(name, row, first as number);
        break;
      case 'v128':
      case 'shuffle': {
        const bytes = first as readonly number[];
        const limit = row.imm === 'shuffle' ? 32 : 256;
        const fits = bytes.length === 16 && bytes.every((b) => Number.isInteger(b) && b >= 0 && b < limit);
        if (!fits) this.fail(`${name} takes 16 integers below ${limit}, got [${bytes.join(', ')}]`);
        this.code.bytes(bytes);
        break;
      }
      case 'zero':
        this.code.byte(0);
        break;
      case 'zero2':
        this.code.byte(0).byte(0);
        break;
      case 'none':
        break;
    }
  }

  private laneIndex(name: string, row: Row, lane: number): void {
    if (!(Number.isInteger(lane) && lane >= 0 && lane < row.lanes)) {
      this.fail(`${name} has lanes 0 .. ${row.lanes - 1}, got ${lane}`);
    }
    this.code.byte(lane);
  }

  private open(kind: Frame['kind'], opcode: number, result?: ValType): this {
    this.code.byte(opcode).byte(result === undefined ? VOID : VAL_TYPES[result]);
    const results = result === undefined ? [] : [result];
    this.frames.push({ kind, results, height: this.stack.length, unreachable: false });
    return this;
  }

  block(result?: ValType): this {
    return this.open('block', 0x02, result);
  }

  loop(result?: ValType): this {
    return this.open('loop', 0x03, result);
  }

  if(result?: ValType): this {
    this.pop('i32', 'if');
    return this.open('if', 0x04, result);
  }

  else(): this {
    const frame = this.close('else');
    if (frame.kind !== 'if') this.fail('else without if');
    this.code.byte(0x05);
    this.frames.push({ ...frame, kind: 'else', unreachable: false });
    return this;
  }

  /** Ends the innermost block, loop, if, or the function. */
  end(): this {
    const frame = this.close('end');
    if (frame.kind === 'if' && frame.results.length > 0) this.fail('an if with a result has no else');
    this.code.byte(0x0b);
    this.stack.push(...frame.results);
    return this;
  }

  private close(context: string): Frame {
    const frame = this.frame();
    this.apply(frame.results, [], context);
    if (this.stack.length !== frame.height) {
      this.fail(`${context}: ${this.stack.length - frame.height} values too many on the operand stack`);
    }
    this.frames.pop();
    return frame;
  }

  private target(depth: number): readonly ValType[] {
    const frame = this.frames.at(-1 - depth) ?? this.fail(`there is no block at depth ${depth}`);
    return frame.kind === 'loop' ? [] : frame.results;
  }

  br(depth: number): this {
    this.apply(this.target(depth), [], 'br');
    this.code.byte(0x0c).u32(depth);
    this.markUnreachable();
    return this;
  }

  brIf(depth: number): this {
    this.pop('i32', 'br_if');
    const types = this.target(depth);
    this.apply(types, types, 'br_if');
    this.code.byte(0x0d).u32(depth);
    return this;
  }

  return(): this {
    this.apply(this.signature.results, [], 'return');
    this.code.byte(0x0f);
    this.markUnreachable();
    return this;
  }

  /** Calls the function with this index (imports come first). */
  call(index: number): this {
    const { params, results } = this.signatureOf(index);
    this.apply(params, results, `call ${index}`);
    this.code.byte(0x10).u32(index);
    return this;
  }

  drop(): this {
    const frame = this.frame();
    if (this.stack.length > frame.height) this.stack.pop();
    else if (!frame.unreachable) this.fail('drop takes a value, the operand stack is empty');
    this.code.byte(0x1a);
    return this;
  }

  /** `condition ? a : b` of operands `a b condition`; not for v128 without a type, hence the typed form. */
  select(type: ValType): this {
    this.apply([type, type, 'i32'], [type], 'select');
    if (type === 'v128') this.code.byte(0x1c).u32(1).byte(VAL_TYPES.v128);
    else this.code.byte(0x1b);
    return this;
  }

  /** Bytes of code so far. */
  get size(): number {
    return this.code.length;
  }

  /** The entry of the code section, without its size. Throws if the function has not ended. */
  body(): ByteWriter {
    if (this.frames.length > 0) this.fail('a block or the function is not ended');
    const runs: [count: number, type: ValType][] = [];
    for (const type of this.locals.slice(this.signature.params.length)) {
      const last = runs.at(-1);
      if (last?.[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    const body = new ByteWriter().u32(runs.length);
    for (const [count, type] of runs) body.u32(count).byte(VAL_TYPES[type]);
    return body.bytes(this.code.view8());
  }
}
