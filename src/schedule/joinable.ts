import { bytesPerElement } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { type Touch, touchedBy, union } from '../kernel/extents.ts';
import type { Stmt } from '../kernel/ir.ts';
import { joinKernels, type Part } from '../kernel/join.ts';
import type { LoweredCall } from './lower/lowered.ts';
import { bytesOf } from './storage.ts';

/** A call that may be joined with others. */
export interface Joinable {
  readonly args: readonly Node[];
  /** Its items. */
  readonly domain: number;
  readonly lanes: number;
  readonly cost: number;
  /** Of its kernel. */
  readonly statements: number;
  /** So many items that follow each other are run by one thread, in their order: see `LoweredCall`. */
  readonly chain: number;
  readonly reads: ReadonlySet<Node>;
  readonly writes: ReadonlySet<Node>;
  /** Bytes of each memory that one item after the other touches again: weights, sums, and what is handed on. */
  readonly resident: ReadonlyMap<Node, number>;
  /** Whether its arguments have places of their own: such calls are not joined. */
  readonly placed: boolean;
  /** What its items touch of `x`, never less than they do; undefined where it cannot be said. */
  touched(x: Node): Touch | undefined;
  toCall(): LoweredCall;
}

/** A kernel's call. */
export class Single implements Joinable {
  readonly args: readonly Node[];
  readonly domain: number;
  readonly lanes: number;
  readonly cost: number;
  readonly chain: number;
  readonly reads: ReadonlySet<Node>;
  readonly writes: ReadonlySet<Node>;
  readonly placed: boolean;
  readonly #call: LoweredCall;
  readonly #touched = new Map<Node, Touch | undefined>();
  #resident: ReadonlyMap<Node, number> | undefined;
  #statements: number | undefined;

  constructor(call: LoweredCall) {
    const { kernel, args, cost, chain, places } = call;
    this.#call = call;
    this.args = args;
    this.domain = kernel.domain;
    this.lanes = kernel.lanes;
    this.cost = cost;
    this.chain = chain ?? 1;
    this.placed = places !== undefined;
    const of = (what: 'r' | 'w') => new Set(args.filter((_, i) => kernel.buffers[i]!.access.includes(what)));
    this.reads = of('r');
    this.writes = of('w');
  }

  touched(x: Node): Touch | undefined {
    if (!this.#touched.has(x)) this.#touched.set(x, touchedBy(this.#call.kernel, this.args.indexOf(x)));
    return this.#touched.get(x);
  }

  get resident(): ReadonlyMap<Node, number> {
    this.#resident ??= new Map(this.args.flatMap((x) => this.#residentOf(x)));
    return this.#resident;
  }

  #residentOf(x: Node): [Node, number][] {
    const touched = this.touched(x);
    if (!touched || this.domain < 2) return [];
    const [first, second] = [touched(0, 1), touched(1, 1)];
    const span = Math.min(first.high, second.high) - Math.max(first.low, second.low) + 1;
    return span > 0 ? [[x, span * bytesPerElement(x.dtype)]] : [];
  }

  get statements(): number {
    this.#statements ??= statementsIn(this.#call.kernel.body);
    return this.#statements;
  }

  toCall(): LoweredCall {
    return this.#call;
  }
}

/** A call of a joined one, of which each item runs so many. */
export interface Member {
  readonly call: Joinable;
  readonly times: number;
}

/** A memory of each thread that takes the place of one that only the members use. */
export interface OwnMemory {
  readonly place: Node;
  /** Elements from item to item in the memory that it replaces. */
  readonly step: number;
}

function statementsIn(body: readonly Stmt[]): number {
  let count = body.length;
  for (const s of body) {
    if (s.k === 'loop') count += statementsIn(s.body);
    else if (s.k === 'if') count += statementsIn(s.then) + statementsIn(s.otherwise);
  }
  return count;
}

/** Items of a joined call that are a chain because so many of a member's are. */
function chainOf({ call, times }: Member): number {
  return Math.max(1, call.chain / times);
}

/** Whether chains of both stay whole. */
export function chainsFit(members: readonly Member[]): boolean {
  return members.every(({ call: { chain }, times }) => chain % times === 0 || times % chain === 0);
}

function leastMultiple(a: number, b: number): number {
  return (a * b) / greatestDivisor(a, b);
}

export function greatestDivisor(m: number, n: number): number {
  return n === 0 ? m : greatestDivisor(n, m % n);
}

/** A call of which no item has to wait for another: chains are items. */
export function withWholeChains(call: LoweredCall): LoweredCall {
  const { chain = 1, kernel, args } = call;
  if (chain === 1) return call;
  const part = { kernel, times: chain, buffers: args.map((_, i) => i) };
  return {
    kernel: joinKernels(
      [part],
      args.map(() => 0),
    ),
    args,
    cost: call.cost,
  };
}

/** Calls whose items belong together, so many of each to an item. */
export class Joined implements Joinable {
  readonly args: readonly Node[];
  readonly domain: number;
  readonly lanes: number;
  readonly cost: number;
  readonly chain: number;
  readonly statements: number;
  readonly reads: ReadonlySet<Node>;
  readonly writes: ReadonlySet<Node>;
  readonly resident: ReadonlyMap<Node, number>;
  readonly placed = false;
  readonly #members: readonly Member[];
  readonly #own: ReadonlyMap<Node, OwnMemory>;

  constructor(members: readonly Member[], own: ReadonlyMap<Node, OwnMemory>) {
    const [{ call: first, times }] = members as [Member];
    const calls = members.map((m) => m.call);
    const instead = (x: Node) => own.get(x)?.place ?? x;
    this.#members = members;
    this.#own = own;
    this.args = [...new Set(calls.flatMap((c) => c.args))].map(instead);
    this.domain = first.domain / times;
    this.lanes = first.lanes;
    this.cost = calls.reduce((sum, c) => sum + c.cost, 0);
    this.chain = members.map(chainOf).reduce(leastMultiple);
    this.statements = calls.reduce((sum, c) => sum + c.statements, 0);
    const resident = new Map<Node, number>();
    for (const c of calls) for (const [x, bytes] of c.resident) resident.set(x, Math.max(bytes, resident.get(x) ?? 0));
    for (const { place } of own.values()) resident.set(place, bytesOf(place));
    this.resident = resident;
    this.reads = new Set(calls.flatMap((c) => [...c.reads]).map(instead));
    this.writes = new Set(calls.flatMap((c) => [...c.writes]).map(instead));
  }

  touched(x: Node): Touch | undefined {
    const parts: Touch[] = [];
    for (const { call, times } of this.#members) {
      if (!call.args.includes(x)) continue;
      const touched = call.touched(x);
      if (!touched) return undefined;
      parts.push((begin, n) => touched(begin * times, n * times));
    }
    return (begin, n) => parts.map((touched) => touched(begin, n)).reduce(union);
  }

  toCall(): LoweredCall {
    const steps = new Map<Node, number>();
    const own = new Map<Node, Node>();
    const leaves = this.#leaves(own, steps);
    const numbers = new Map(this.args.map((n, i) => [n, i]));
    const parts = leaves.map(({ call: { kernel, args }, times }): Part => {
      return { kernel, times, buffers: args.map((n) => numbers.get(own.get(n) ?? n)!) };
    });
    const apart = this.args.map((n) => steps.get(n) ?? 0);
    return { kernel: joinKernels(parts, apart), args: this.args, cost: this.cost, chain: this.chain };
  }

  /** The calls of which an item consists, in order: a joined one's that runs once an item is not made a kernel first. */
  #leaves(own: Map<Node, Node>, steps: Map<Node, number>): { call: LoweredCall; times: number }[] {
    for (const [n, { place, step }] of this.#own) {
      own.set(n, place);
      steps.set(place, step);
    }
    return this.#members.flatMap(({ call, times }) =>
      call instanceof Joined && times === 1 ? call.#leaves(own, steps) : [{ call: call.toCall(), times }],
    );
  }
}
