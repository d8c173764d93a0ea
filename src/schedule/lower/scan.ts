import { node } from '../../graph/build.ts';
import { bytesPerElement } from '../../graph/dtype.ts';
import type { Node } from '../../graph/node.ts';
import { nodesOf } from '../../graph/order.ts';
import { sizeOf, stridesOf } from '../../graph/shape.ts';
import { replaceNodes } from '../../graph/structure.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import { type Cluster, isFree } from '../cluster.ts';
import type { Arg, Call, Program, Step } from '../program.ts';
import { identityView, isWhole, type View } from '../view.ts';
import { copyInto } from './copy.ts';
import type { Surroundings } from './emitter.ts';
import type { Compile, Lowered, LoweredCall, LoweredPhase } from './lowered.ts';
import { asOneCall } from './scan-rows.ts';

/** Where an input or output of the body lies in the first iteration, in bytes, and how far that moves. */
interface Place {
  readonly node: Node;
  readonly offset: number;
  readonly advance: number;
}

type Scan = Node<'scan'>;

/** The body's steps in our memory, and what of it only they use. */
interface Relocated {
  readonly phases: readonly LoweredPhase[];
  readonly scratch: readonly Node[];
  readonly ofThread: readonly Node[];
}

/**
 * A loop over a program of its own. The carries lie in memory of their own, mostly that of the loop's results, and the
 * body updates them in place; rows of the scanned operands and of the stacked results are reached by arguments that move.
 * Where the rows of a batch do not meet, the whole loop is one call.
 */
export function lowerScan(
  n: Scan,
  cluster: Cluster,
  world: Surroundings,
  facts: TargetFacts,
  compile: Compile,
): Lowered {
  return new ScanLowering(n, cluster, world, facts, compile).run();
}

class ScanLowering {
  private readonly scan: Scan;
  private readonly world: Surroundings;
  private readonly facts: TargetFacts;
  private readonly compile: Compile;
  /** The results that somebody reads, by their number. */
  private readonly picks = new Map<number, Node[]>();
  private readonly scratch: Node[] = [];
  private readonly ofThread: Node[] = [];
  private readonly before: LoweredCall[] = [];
  private readonly views = new Map<Node, View>();
  private readonly copies = new Set<Node>();

  constructor(n: Scan, cluster: Cluster, world: Surroundings, facts: TargetFacts, compile: Compile) {
    this.scan = n;
    this.world = world;
    this.facts = facts;
    this.compile = compile;
    for (const p of cluster.anchors) {
      if (p.op !== 'pick' || !world.isStored(p)) continue;
      const { index } = p.attrs;
      this.picks.set(index, [...(this.picks.get(index) ?? []), p]);
    }
  }

  run(): Lowered {
    const { body, length } = this.scan.attrs;
    const carries = body.carry.map((c, i) => this.carry(c, i));
    const phases: LoweredPhase[] = [];
    const loop = length > 0 ? this.loop(carries) : undefined;
    if (this.before.length > 0) phases.push({ calls: this.before });
    if (loop) phases.push(loop);
    const again = [...this.picks.values()].flatMap(([first, ...others]) =>
      others.flatMap((p) => copyInto(this.world.storageOf(p), first!, this.world, this.facts)),
    );
    if (again.length > 0) phases.push({ calls: again });
    return { phases, scratch: this.scratch, ofThread: this.ofThread };
  }

  private fresh(name: string, like: Node): Node {
    const n = node('input', [], { name, shape: like.shape, dtype: like.dtype });
    this.scratch.push(n);
    return n;
  }

  private home(index: number): Node | undefined {
    const first = this.picks.get(index)?.[0];
    return first && this.world.storageOf(first);
  }

  /** The memory of a carry, which holds the operand when the loop begins. */
  private carry(slot: Node, i: number): Place {
    const home = this.home(i) ?? this.fresh('carry', slot);
    this.before.push(...copyInto(home, this.scan.inputs[i]!, this.world, this.facts));
    return { node: home, offset: 0, advance: 0 };
  }

  private loop(carries: readonly Place[]): LoweredPhase | undefined {
    const { body, length } = this.scan.attrs;
    const slices = body.slices.map((s, i) => this.slice(s, carries.length + i));
    const constants = body.constants.map((c, i) => this.constant(c, carries.length + slices.length + i));
    const stacked = body.stacked.map((_, i) => i).filter((i) => this.picks.has(carries.length + i));
    const roots = this.steady([...body.next, ...body.stacked], carries.length);
    const updates = body.carry.flatMap((target, i) => (roots[i] === target ? [] : [{ target, value: roots[i]! }]));
    const outputs = stacked.map((i) => roots[carries.length + i]!);
    const inputs = [...body.carry, ...body.slices, ...body.constants];
    const layout = { views: this.views, copies: this.copies };
    const results = stacked.map((i) => this.stackedPlace(body.stacked[i]!, carries.length + i));
    const places = [...carries, ...slices, ...constants, ...results];
    const rows = Math.min(...[...body.carry, ...outputs].map((n) => n.shape[0] ?? 0));
    if (rows > 1 && !nodesOf(roots).some((n) => n.op === 'scan')) {
      const apart = this.relocate(this.compile(inputs, outputs, updates, { ...layout, byRows: true }), places, true);
      const one = asOneCall(apart.phases, length, new Set(apart.scratch));
      if (one) {
        this.scratch.push(...apart.scratch);
        this.ofThread.push(...apart.ofThread, ...one.ofThread);
        return { calls: [one.call] };
      }
    }
    const { phases, scratch, ofThread } = this.relocate(this.compile(inputs, outputs, updates, layout), places, false);
    this.scratch.push(...scratch);
    this.ofThread.push(...ofThread);
    return phases.length > 0 ? { count: length, body: phases } : undefined;
  }

  /** A scanned operand: its row of the first iteration. Only an operand that has no memory is copied. */
  private slice(slot: Node, operand: number): Place {
    const x = this.scan.inputs[operand]!;
    const view = this.inMemory(x);
    const { length, reverse } = this.scan.attrs;
    const [stride, ...strides] = view.strides;
    const first = view.offset + (reverse ? (length - 1) * stride! : 0);
    return this.place(slot, { source: view.source, offset: first, strides }, reverse ? -stride! : stride!);
  }

  private constant(slot: Node, operand: number): Place {
    const x = this.scan.inputs[operand]!;
    const last = x.shape.length - 1;
    const view = this.world.viewOf(x);
    const rough = last >= 0 && x.shape[last]! > 1 && view.strides[last] !== 1;
    return this.place(slot, rough ? this.copied(x) : this.inMemory(x), 0);
  }

  private inMemory(x: Node): View {
    const view = this.world.viewOf(x);
    return isFree(view.source) ? this.copied(x) : { ...view, source: this.world.storageOf(view.source) };
  }

  private copied(x: Node): View {
    const home = this.fresh('operand', x);
    this.before.push(...copyInto(home, x, this.world, this.facts));
    return identityView(home);
  }

  /** Memory begins at the lowest element, and the body sees the slot with the strides that the operand has. */
  private place(slot: Node, view: View, advance: number): Place {
    const lowest = view.strides.reduce((sum, s, i) => sum + Math.min(0, s * Math.max(0, slot.shape[i]! - 1)), 0);
    const seen: View = { source: slot, offset: -lowest, strides: view.strides };
    if (!isWhole(seen, slot.shape)) this.views.set(slot, seen);
    const bytes = bytesPerElement(slot.dtype);
    return { node: view.source, offset: (view.offset + lowest) * bytes, advance: advance * bytes };
  }

  private stackedPlace(row: Node, index: number): Place {
    const { length, reverse } = this.scan.attrs;
    const bytes = sizeOf(row.shape) * bytesPerElement(row.dtype);
    return { node: this.home(index)!, offset: reverse ? (length - 1) * bytes : 0, advance: reverse ? -bytes : bytes };
  }

  /**
   * The body's results, `next` and then what is stacked, computed from copies of those slices that must not be read as they
   * lie: products want neighbours along the last axis, and what moves from iteration to iteration, slices and stacked
   * results, cannot be an argument of a loop inside the body.
   */
  private steady(roots: readonly Node[], next: number): Node[] {
    const { slices } = this.scan.attrs.body;
    const nested = nodesOf(roots).some((n) => n.op === 'scan');
    const replaced = new Map<Node, Node>();
    for (const s of slices) {
      const last = s.shape.length - 1;
      const strides = this.views.get(s)?.strides ?? stridesOf(s.shape);
      const rough = last >= 0 && s.shape[last]! > 1 && strides[last] !== 1;
      if (!nested && !rough) continue;
      replaced.set(s, this.copyInBody(s));
    }
    const made = replaced.size > 0 ? replaceNodes(roots, replaced) : [...roots];
    return nested ? made.map((n, i) => (i < next ? n : this.copyInBody(n))) : made;
  }

  private copyInBody(n: Node): Node {
    const copy = node('reshape', [n], { shape: n.shape });
    this.copies.add(copy);
    return copy;
  }

  /** The body's steps with their arguments in our memory; with `apart`, no two temporary values share memory. */
  private relocate(program: Program, externals: readonly Place[], apart: boolean): Relocated {
    const arena = node('input', [], { name: 'body', shape: [program.arenaBytes], dtype: 'uint8' });
    const scratch: Node[] = program.arenaBytes > 0 && !apart ? [arena] : [];
    const ofThread: Node[] = [];
    const fresh = (name: string, bytes: number, list: Node[]): Place => {
      const own = node('input', [], { name, shape: [bytes], dtype: 'uint8' });
      list.push(own);
      return { node: own, offset: 0, advance: 0 };
    };
    const places = program.slots.map((slot): Place => {
      if (slot.kind === 'external') return externals[slot.index]!;
      if (slot.kind === 'arena') {
        return apart ? fresh('value', slot.bytes, scratch) : { node: arena, offset: slot.offset, advance: 0 };
      }
      if (slot.kind === 'thread') return fresh('thread', slot.bytes, ofThread);
      const { data } = slot;
      return { node: node('literal', [], { data, shape: [data.length], dtype: 'uint8' }), offset: 0, advance: 0 };
    });
    const toPhase =
      (nested: boolean) =>
      (step: Step): LoweredPhase =>
        step.kind === 'loop'
          ? { count: step.count, body: step.body.map(toPhase(true)) }
          : { calls: step.calls.map((call) => relocateCall(program, call, places, nested)) };
    return { phases: program.steps.map(toPhase(false)), scratch, ofThread };
  }
}

function relocateCall(program: Program, call: Call, places: readonly Place[], nested: boolean): LoweredCall {
  const moved = call.args.map((arg: Arg) => {
    const { node, offset, advance } = places[arg.slot]!;
    if (nested && advance !== 0) throw new Error('an argument of a loop in a loop moves with the outer one');
    return { node, offset: offset + arg.offset, advance: advance + (arg.advance ?? 0) };
  });
  return {
    kernel: program.kernels[call.kernel]!,
    args: moved.map((m) => m.node),
    places: moved.map(({ offset, advance }) => ({ offset, advance })),
    cost: call.cost,
  };
}
