import { planGraph } from '../compile.ts';
import { node } from '../graph/build.ts';
import { bytesPerElement } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { sizeOf } from '../graph/shape.ts';
import { replaceNodes } from '../graph/structure.ts';
import type { Program } from '../schedule/program.ts';
import { chooseTarget } from '../targets/choose.ts';
import type { Block, Executable, Target } from '../targets/target.ts';
import { writeBlock } from './blocks.ts';
import { type GraphKey, graphKey } from './graph-key.ts';

/** Whose value a literal is, if a variable's, and where the target has it. */
export interface Holder {
  /** Its number tells variables apart, also those that are gone. */
  readonly input: Node<'input'>;
  /** Where `n` is the present value. */
  holds(n: Node): boolean;
  block(): Block;
}

/** Variables give their values as literals, so that what is computed later does not see later assignments. */
const holders = new WeakMap<Node, WeakRef<Holder>>();

/** Says that a literal is the present value of a variable. */
export function setHolder(n: Node, holder: Holder): void {
  holders.set(n, new WeakRef(holder));
}

/** A program over memory of its own, and over that of variables. */
interface Loaded {
  readonly executable: Executable;
  /** For each literal of the graph; those of variables may have moved since. */
  readonly inputs: readonly Block[];
  readonly outputs: readonly Block[];
  /** What goes when the program goes. */
  readonly owned: readonly Block[];
  readonly bytes: number;
}

/** What a cache keeps at most. */
export interface CacheLimits {
  /** Programs as data. */
  readonly plans: number;
  /** Programs that are ready to run. */
  readonly loaded: number;
  /** The memory that these have together; a program that needs more alone is loaded for each run. */
  readonly bytes: number;
}

const LIMITS: CacheLimits = { plans: 512, loaded: 256, bytes: 256 * 2 ** 20 };
/** Smaller values of variables are copied, so that layers with equal weights' shapes share what is loaded. */
const WORTH_BINDING = 4096;

/** What evaluation has done so far in this process, for tests. */
export interface EvaluationCounts {
  /** Graphs that went through the passes. */
  compiled: number;
  /** Programs that were given memory and code. */
  loaded: number;
  /** Runs. */
  run: number;
}

/**
 * Programs of what is computed outside of models' steps, by the structure of the graph: the values of literals are copied in for
 * each run, so that a loop over other data of the same shapes compiles once. What was not used for longest goes first.
 */
export class ProgramCache {
  readonly target: Target;
  readonly counts: EvaluationCounts = { compiled: 0, loaded: 0, run: 0 };
  readonly #limits: CacheLimits;
  readonly #plans = new Map<string, Program>();
  readonly #loaded = new Map<string, Loaded>();
  #bytes = 0;

  constructor(target: Target, limits: CacheLimits = LIMITS) {
    this.target = target;
    this.#limits = limits;
  }

  /** Bytes that programs hold between runs. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Computes nodes that depend on no inputs, and lets `read` look at where they are before anything else is computed. */
  run<T>(outputs: readonly Node[], read: (blocks: readonly Block[]) => T, key = graphKey(outputs)): T {
    const bound = key.literals.map((n) => this.#holderOf(n));
    const ids = bound.map((h) => h?.input.id ?? '').join();
    const name = key.text === undefined ? undefined : `${key.text}@${ids}`;
    const found = this.#find(name, bound);
    const loaded = found ?? this.#load(outputs, key, bound);
    let kept = found !== undefined;
    try {
      key.literals.forEach((n, i) => {
        if (bound[i] === undefined) writeBlock(loaded.inputs[i]!, n.dtype, n.attrs.data);
      });
      loaded.executable.run();
      this.counts.run++;
      const result = read(loaded.outputs);
      if (name !== undefined) kept = this.#keep(name, loaded);
      return result;
    } finally {
      if (!kept) free(loaded);
    }
  }

  /** Gives all memory back. */
  clear(): void {
    for (const [name, loaded] of this.#loaded) this.#drop(name, loaded);
    this.#plans.clear();
  }

  #holderOf(n: Node<'literal'>): Holder | undefined {
    if (n.attrs.data.byteLength < WORTH_BINDING) return undefined;
    const holder = holders.get(n)?.deref();
    return holder?.holds(n) ? holder : undefined;
  }

  #find(name: string | undefined, bound: readonly (Holder | undefined)[]): Loaded | undefined {
    const known = name === undefined ? undefined : this.#loaded.get(name);
    if (known === undefined) return undefined;
    if (bound.every((h, i) => h === undefined || h.block() === known.inputs[i])) return known;
    this.#drop(name!, known);
    return undefined;
  }

  #drop(name: string, loaded: Loaded): void {
    this.#loaded.delete(name);
    this.#bytes -= loaded.bytes;
    free(loaded);
  }

  /** @returns Whether there is room for it. */
  #keep(name: string, loaded: Loaded): boolean {
    if (loaded.bytes > this.#limits.bytes) return false;
    if (!this.#loaded.delete(name)) this.#bytes += loaded.bytes;
    this.#loaded.set(name, loaded);
    for (const [oldest, other] of this.#loaded) {
      if (this.#loaded.size <= this.#limits.loaded && this.#bytes <= this.#limits.bytes) break;
      this.#drop(oldest, other);
    }
    return true;
  }

  #load(outputs: readonly Node[], key: GraphKey, bound: readonly (Holder | undefined)[]): Loaded {
    const program = this.#plan(outputs, key);
    try {
      return this.#place(program, outputs, key, bound);
    } catch (error) {
      // What is kept for later runs must not be in the way of this one.
      if ((error as { code?: string }).code !== 'OUT_OF_MEMORY' || this.#loaded.size === 0) throw error;
      for (const [name, loaded] of this.#loaded) this.#drop(name, loaded);
      return this.#place(program, outputs, key, bound);
    }
  }

  #place(
    program: Program,
    outputs: readonly Node[],
    { literals }: GraphKey,
    bound: readonly (Holder | undefined)[],
  ): Loaded {
    const { target } = this;
    const owned: Block[] = [];
    const own = (n: Node): Block => {
      const block = target.alloc(sizeOf(n.shape) * bytesPerElement(n.dtype));
      owned.push(block);
      return block;
    };
    try {
      const inputs = literals.map((n, i) => bound[i]?.block() ?? own(n));
      const results = outputs.map(own);
      const executable = target.load(program, [...inputs, ...results]);
      this.counts.loaded++;
      const bytes = owned.reduce((sum, b) => sum + b.bytes, 0) + bytesOf(program, target.threads);
      return { executable, inputs, outputs: results, owned, bytes };
    } catch (error) {
      for (const block of owned) block.free();
      throw error;
    }
  }

  #plan(outputs: readonly Node[], key: GraphKey): Program {
    const { text } = key;
    const known = text === undefined ? undefined : this.#plans.get(text);
    const program = known ?? this.#compile(outputs, key);
    if (text === undefined) return program;
    this.#plans.delete(text);
    this.#plans.set(text, program);
    for (const other of this.#plans.keys()) {
      if (this.#plans.size <= this.#limits.plans) break;
      this.#plans.delete(other);
    }
    return program;
  }

  #compile(outputs: readonly Node[], { literals, places }: GraphKey): Program {
    this.counts.compiled++;
    const inputs = literals.map(
      (n, i) => node('input', [], { name: `literal_${i}`, shape: n.shape, dtype: n.dtype }) as Node<'input'>,
    );
    const open = new Map([...places].map(([n, place]) => [n, inputs[place]!]));
    return planGraph({ inputs, outputs: replaceNodes(outputs, open), updates: [] }, this.target);
  }
}

/** What a program allocates when it is loaded. */
function bytesOf({ arenaBytes, slots }: Program, threads: number): number {
  return slots.reduce(
    (sum, { kind, bytes }) => sum + (kind === 'constant' ? bytes : kind === 'thread' ? bytes * threads : 0),
    arenaBytes,
  );
}

function free({ executable, owned }: Loaded): void {
  executable.dispose();
  for (const block of owned) block.free();
}

let cache: ProgramCache | undefined;

/** Gives back what programs hold that are kept for later. */
export function forgetPrograms(): void {
  cache?.clear();
}

/** The programs of this process. */
export function programCache(): ProgramCache {
  const target = chooseTarget();
  if (cache?.target !== target) cache = new ProgramCache(target);
  return cache;
}
