import { node } from '../../graph/build.ts';
import type { Node } from '../../graph/node.ts';
import { areDisjoint, type Extent, evenStep, extentsOf, touchedBy, union } from '../../kernel/extents.ts';
import { MEM_BYTES } from '../../kernel/ir.ts';
import { joinKernels, type Part } from '../../kernel/join.ts';
import type { LoweredCall, LoweredPhase } from './lowered.ts';

/** The whole loop as one call. */
export interface OneCall {
  readonly call: LoweredCall;
  /** Memories of which every thread has its own. */
  readonly ofThread: readonly Node[];
}

/** What every iteration reads of memories that stay: in a core's own cache for each item, or for many items. */
const NEAR = { alone: 256 << 10, shared: 1 << 20, items: 8 };
/** Fewer items keep other threads idle, which only short iterations (in nanoseconds) make up for by not waiting. */
const FEW = { items: 4, cost: 20_000 };
/** Types of as many bytes. */
const PLACE_TYPE = { 1: 'uint8', 2: 'float16', 4: 'float32' } as const;

/**
 * A loop whose iterations do not mix the rows of what they work on (sequences of a batch, each with a state of its own) is
 * one call: each of its items takes some rows through all iterations. No thread waits for another one, and the state stays
 * in the nearest cache. `own` are the memories of values that live within an iteration.
 *
 * It is decided by what the items of the body's kernels touch, whatever they compute; undefined where it cannot be.
 */
export function asOneCall(phases: readonly LoweredPhase[], count: number, own: ReadonlySet<Node>): OneCall | undefined {
  const calls: LoweredCall[] = [];
  for (const phase of phases) {
    if (!('calls' in phase)) return undefined;
    calls.push(...phase.calls);
  }
  const items = Math.min(...calls.map((c) => c.kernel.domain));
  const lanes = calls[0]?.kernel.lanes;
  if (calls.length === 0 || items < 1 || calls.some((c) => c.kernel.domain % items !== 0 || c.kernel.lanes !== lanes))
    return undefined;
  if (items < FEW.items && calls.reduce((sum, c) => sum + c.cost, 0) > FEW.cost) return undefined;
  return new LoopJoiner(calls, items, count, own).run();
}

/** A memory as the calls see it. */
interface Memory {
  readonly node: Node;
  readonly offset: number;
  readonly advance: number;
  readonly bytes: 1 | 2 | 4;
  readonly written: boolean;
  /** What each item touches in the first iteration. */
  readonly ranges: readonly Extent[];
}

class LoopJoiner {
  private readonly calls: readonly LoweredCall[];
  private readonly items: number;
  private readonly count: number;
  private readonly own: ReadonlySet<Node>;
  private readonly memories = new Map<string, Memory>();

  constructor(calls: readonly LoweredCall[], items: number, count: number, own: ReadonlySet<Node>) {
    this.calls = calls;
    this.items = items;
    this.count = count;
    this.own = own;
  }

  run(): OneCall | undefined {
    for (const call of this.calls) if (!this.see(call)) return undefined;
    const memories = [...this.memories.values()];
    if (memories.some((m) => m.written && !this.isApart(m, memories))) return undefined;
    const still = memories.filter((m) => !m.written && m.advance === 0);
    const read = still.reduce((sum, m) => sum + spanOf(m) * m.bytes, 0);
    if (read > (this.items >= NEAR.items ? NEAR.shared : NEAR.alone)) return undefined;
    return this.join(memories);
  }

  private key(call: LoweredCall, i: number): string {
    const place = call.places?.[i];
    return `${call.args[i]!.id} ${place?.offset ?? 0} ${place?.advance ?? 0}`;
  }

  /** Notes what a call touches; false where that cannot be said. */
  private see(call: LoweredCall): boolean {
    const times = call.kernel.domain / this.items;
    return call.args.every((n, i) => {
      const key = this.key(call, i);
      const { mem, access } = call.kernel.buffers[i]!;
      const { offset, advance } = call.places?.[i] ?? { offset: 0, advance: 0 };
      const [before, bytes] = [this.memories.get(key), MEM_BYTES[mem]];
      const touched = touchedBy(call.kernel, i);
      if (!touched || (before && before.bytes !== bytes)) return false;
      const mine = extentsOf(touched, call.kernel.domain / times, times);
      const ranges = before ? before.ranges.map((r, item) => union(r, mine[item]!)) : mine;
      const written = before?.written === true || access !== 'r';
      this.memories.set(key, { node: n, offset, advance, bytes, written, ranges });
      return true;
    });
  }

  /** Whether no item touches what another one does of a memory, in no iteration, and nothing else lies there. */
  private isApart(m: Memory, all: readonly Memory[]): boolean {
    if (all.some((other) => other !== m && other.node === m.node)) return false;
    if (!areDisjoint(m.ranges)) return false;
    return m.advance === 0 || Math.abs(m.advance) >= spanOf(m) * m.bytes;
  }

  private join(memories: readonly Memory[]): OneCall {
    const ofThread: Node[] = [];
    const args: Node[] = [];
    const apart: number[] = [];
    for (const m of memories) {
      const step = this.own.has(m.node) ? evenStep(m.ranges) : 0;
      apart.push(step);
      if (step === 0) args.push(m.node);
      else {
        const low = m.ranges[0]!.low;
        const span = Math.max(...m.ranges.map((r, i) => r.high - i * step)) + 1;
        const dtype = PLACE_TYPE[m.bytes];
        const place = node('input', [], { name: 'row', shape: [Math.max(span, low + 1)], dtype });
        ofThread.push(place);
        args.push(place);
      }
    }
    const keys = [...this.memories.keys()];
    const parts = this.calls.map(
      (call): Part => ({
        kernel: call.kernel,
        times: call.kernel.domain / this.items,
        buffers: call.args.map((_, i) => keys.indexOf(this.key(call, i))),
      }),
    );
    const advance = memories.map((m) => m.advance / m.bytes);
    const kernel = joinKernels(parts, apart, { count: this.count, advance });
    const places = memories.map((m, i) => ({
      offset: apart[i]! > 0 ? 0 : m.offset + Math.min(0, m.advance * (this.count - 1)),
      advance: 0,
    }));
    const cost = this.calls.reduce((sum, c) => sum + c.cost, 0) * this.count;
    return { call: { kernel, args, places, cost }, ofThread };
  }
}

/** Elements from the first to the last that any item touches. */
function spanOf(m: Memory): number {
  const { low, high } = m.ranges.reduce(union);
  return high < low ? 0 : high - low + 1;
}
