import { ByteWriter } from './bytes.ts';
import { FunctionBuilder, type Signature } from './function.ts';
import { VAL_TYPES, type ValType } from './instructions.ts';

/** Size of a linear memory in pages of 64 KiB. A shared memory has a maximum. */
export interface MemoryLimits {
  readonly initial: number;
  readonly maximum?: number;
  readonly shared?: boolean;
}

const SECTION = { type: 1, import: 2, function: 3, memory: 5, export: 7, code: 10, data: 11 } as const;
const FUNCTION_TYPE = 0x60;
const EXTERNAL = { function: 0, memory: 2 } as const;

/** Builds a module: imports first, then functions; memory 0 is imported or defined. */
export class ModuleBuilder {
  private readonly types: Signature[] = [];
  private readonly importedFunctions: { module: string; name: string; type: number }[] = [];
  private memoryImport: { module: string; name: string; limits: MemoryLimits } | undefined;
  private memoryLimits: MemoryLimits | undefined;
  private readonly functions: { type: number; builder: FunctionBuilder }[] = [];
  private readonly exports: { name: string; kind: number; index: number }[] = [];
  private readonly segments: { offset: number; bytes: Uint8Array }[] = [];

  private typeIndex(signature: Signature): number {
    const key = (s: Signature) => `${s.params.join()}:${s.results.join()}`;
    const found = this.types.findIndex((t) => key(t) === key(signature));
    return found >= 0 ? found : this.types.push(signature) - 1;
  }

  private signatureOf = (index: number): Signature => {
    const imports = this.importedFunctions.length;
    const type = index < imports ? this.importedFunctions[index]?.type : this.functions[index - imports]?.type;
    if (type === undefined) throw new Error(`wasm assembler: there is no function ${index}`);
    return this.types[type]!;
  };

  /** Imports a function; gives its index. Must precede the first `function`. */
  importFunction(module: string, name: string, params: readonly ValType[], results: readonly ValType[]): number {
    if (this.functions.length > 0) throw new Error(`wasm assembler: import "${name}" comes after a function`);
    return this.importedFunctions.push({ module, name, type: this.typeIndex({ params, results }) }) - 1;
  }

  importMemory(module: string, name: string, limits: MemoryLimits): this {
    this.memoryImport = { module, name, limits };
    return this;
  }

  /** Defines memory 0 in the module itself. */
  memory(limits: MemoryLimits): this {
    this.memoryLimits = limits;
    return this;
  }

  /** Starts a function; it is called by `index` and must be ended by `builder.end()`. */
  function(
    name: string,
    params: readonly ValType[],
    results: readonly ValType[],
  ): { index: number; builder: FunctionBuilder } {
    const signature = { params, results };
    const builder = new FunctionBuilder(name, signature, this.signatureOf);
    const position = this.functions.push({ type: this.typeIndex(signature), builder }) - 1;
    return { index: this.importedFunctions.length + position, builder };
  }

  exportFunction(name: string, index: number): this {
    this.signatureOf(index);
    this.exports.push({ name, kind: EXTERNAL.function, index });
    return this;
  }

  exportMemory(name: string): this {
    this.exports.push({ name, kind: EXTERNAL.memory, index: 0 });
    return this;
  }

  /** Bytes that instantiation copies to `offset`. */
  data(offset: number, bytes: Uint8Array): this {
    this.segments.push({ offset, bytes });
    return this;
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    if (this.memoryImport && this.memoryLimits) throw new Error('wasm assembler: a module has one memory');
    const out = new ByteWriter().bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    vector(out, SECTION.type, this.types, (w, t) => {
      w.byte(FUNCTION_TYPE);
      for (const list of [t.params, t.results]) w.u32(list.length).bytes(list.map((v) => VAL_TYPES[v]));
    });
    const imports: ((w: ByteWriter) => void)[] = this.importedFunctions.map((f) => (w) => {
      w.name(f.module).name(f.name).byte(EXTERNAL.function).u32(f.type);
    });
    const memory = this.memoryImport;
    if (memory) {
      imports.push((w) => limits(w.name(memory.module).name(memory.name).byte(EXTERNAL.memory), memory.limits));
    }
    vector(out, SECTION.import, imports, (w, write) => write(w));
    vector(out, SECTION.function, this.functions, (w, f) => w.u32(f.type));
    vector(out, SECTION.memory, this.memoryLimits ? [this.memoryLimits] : [], limits);
    vector(out, SECTION.export, this.exports, (w, e) => w.name(e.name).byte(e.kind).u32(e.index));
    vector(out, SECTION.code, this.functions, (w, f) => w.sized(f.builder.body()));
    vector(out, SECTION.data, this.segments, (w, s) => {
      w.byte(0).byte(0x41).s32(s.offset).byte(0x0b).u32(s.bytes.length).bytes(s.bytes);
    });
    return out.toBytes();
  }
}

function vector<T>(out: ByteWriter, id: number, items: readonly T[], write: (w: ByteWriter, item: T) => void): void {
  if (items.length === 0) return;
  const content = new ByteWriter().u32(items.length);
  for (const item of items) write(content, item);
  out.byte(id).sized(content);
}

function limits(w: ByteWriter, { initial, maximum, shared }: MemoryLimits): void {
  if (shared && maximum === undefined) throw new Error('wasm assembler: a shared memory needs a maximum');
  w.byte((maximum === undefined ? 0 : 1) | (shared ? 2 : 0)).u32(initial);
  if (maximum !== undefined) w.u32(maximum);
}
