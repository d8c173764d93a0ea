import { toMemory } from '../graph/half.ts';
import type { Node } from '../graph/node.ts';
import type { Kernel } from '../kernel/ir.ts';
import { kernelKey } from '../kernel/key.ts';
import { type Parts, toEnd } from '../runtime/turns.ts';
import type { TargetFacts } from '../targets/facts.ts';
import { type Cluster, type Clustering, makeClusters, nodesIn } from './cluster.ts';
import { type Entry, handOver } from './hand-over.ts';
import { layOut } from './layout.ts';
import type { Surroundings } from './lower/emitter.ts';
import { lower } from './lower/index.ts';
import {
  type BodyLayout,
  type Compile,
  callsOf,
  type Lowered,
  type LoweredCall,
  type LoweredPhase,
} from './lower/lowered.ts';
import { lowerMap } from './lower/map.ts';
import { lowerFrame } from './lower/pad.ts';
import { type Life, planArena } from './memory.ts';
import type { Arg, Call, Program, Slot, Step } from './program.ts';
import { bytesOf, needs, placeUpdates, type Storage, type Update } from './storage.ts';
import { type Box, boxOf, identityView, meet } from './view.ts';

/**
 * Turns a graph into a program. External slots are the inputs in order, then the outputs in order; updates are written into
 * the memory of their targets, which are inputs. `layout` is for the bodies of loops.
 */
export function schedule(
  inputs: readonly Node[],
  outputs: readonly Node[],
  updates: readonly Update[],
  facts: TargetFacts,
  layout: BodyLayout = {},
): Program {
  return toEnd(scheduleParts(inputs, outputs, updates, facts, layout));
}

/** `schedule` in parts: kernel by kernel. */
export function* scheduleParts(
  inputs: readonly Node[],
  outputs: readonly Node[],
  updates: readonly Update[],
  facts: TargetFacts,
  layout: BodyLayout = {},
): Parts<Program> {
  const { results, copies } = layOut([...outputs, ...updates.map((u) => u.value)], layout.copies);
  yield;
  const clustering = makeClusters(results, copies, layout.views);
  const changes = updates.map((u, i) => ({ target: u.target, value: results[outputs.length + i]! }));
  const storage = placeUpdates(clustering, changes);
  yield;
  const own = layout.byRows ? { ...facts, byRows: true } : facts;
  return yield* new Scheduler(inputs, results.slice(0, outputs.length), clustering, storage, own).run();
}

/** A cluster's calls, and the phase of the first of them. */
interface Placed {
  readonly lowered: Lowered;
  start: number;
}

class Scheduler implements Surroundings {
  private readonly inputs: readonly Node[];
  private readonly outputs: readonly Node[];
  private readonly clustering: Clustering;
  private readonly storage: Storage;
  private readonly facts: TargetFacts;
  private readonly stored = new Set<Node>();
  private readonly placed = new Map<Cluster, Placed>();
  /** First and last phase in which a node's memory holds something. */
  private readonly lives = new Map<Node, { from: number; to: number }>();
  private readonly late: Placed[] = [];
  private readonly frames: Placed[] = [];
  private readings: Map<Node, Set<Node>> | undefined;
  private readonly ofThread = new Set<Node>();
  private entries: readonly Entry[] = [];
  private phases = 0;

  constructor(
    inputs: readonly Node[],
    outputs: readonly Node[],
    clustering: Clustering,
    storage: Storage,
    facts: TargetFacts,
  ) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.clustering = clustering;
    this.storage = storage;
    this.facts = facts;
  }

  viewOf(n: Node) {
    // A late copy is made after the clusters, and read by nobody.
    return this.storage.late.some((l) => l.copy === n) ? identityView(n) : this.clustering.viewOf(n);
  }

  storageOf(n: Node): Node {
    return this.storage.home.get(n) ?? this.storage.late.find((l) => l.copy === n)?.target ?? n;
  }

  isStored(n: Node): boolean {
    return this.stored.has(n);
  }

  pieceOf(n: Node) {
    return this.clustering.pieces.get(n);
  }

  *run(): Parts<Program> {
    this.findStored();
    for (const c of this.inOrder()) {
      this.place(c);
      yield;
    }
    for (const { copy } of this.storage.late) {
      this.stored.add(copy);
      const lowered = lowerMap({ id: -1, anchors: [], before: [], after: [copy] }, this, this.facts);
      this.late.push({ lowered, start: this.phases });
    }
    const placed = [...this.frames, ...this.placed.values(), ...this.late];
    const given = new Set<Node>([...this.inputs, ...this.outputs]);
    const { entries, ofThread } = handOver(
      placed.flatMap((p) => p.lowered.phases.map((phase, i) => ({ phase, number: p.start + i }))),
      (n) => given.has(n) || n.op === 'literal',
      this.facts,
    );
    this.entries = entries;
    for (const { number } of entries) this.phases = Math.max(this.phases, number);
    for (const n of [...placed.flatMap((p) => p.lowered.ofThread ?? []), ...ofThread]) this.ofThread.add(n);
    this.findLives();
    return this.assemble();
  }

  /** What is read outside its cluster, or is a result. */
  private findStored(): void {
    for (const o of this.outputs) this.stored.add(o);
    for (const v of this.storage.home.keys()) this.stored.add(v);
    for (const { value } of this.storage.late) this.stored.add(value);
    for (const c of this.clustering.clusters) {
      for (const n of nodesIn(c)) {
        for (const x of n.inputs) {
          const { source } = this.clustering.viewOf(x);
          const from = this.clustering.clusterOf.get(source);
          // Another cluster's result; or one of this cluster's that a later stage reads from memory.
          if (from && from !== c) this.stored.add(source);
        }
      }
    }
    for (const n of this.clustering.pieces.keys()) this.stored.add(n);
  }

  /** Every cluster after those that it needs. */
  private inOrder(): Cluster[] {
    const done = new Set<Cluster>();
    const out: Cluster[] = [];
    for (const root of this.clustering.clusters) {
      const stack: { c: Cluster; opened: boolean }[] = [{ c: root, opened: false }];
      while (stack.length > 0) {
        const top = stack.pop()!;
        if (done.has(top.c)) continue;
        if (top.opened) {
          done.add(top.c);
          out.push(top.c);
          continue;
        }
        stack.push({ c: top.c, opened: true });
        for (const d of this.predecessors(top.c)) if (!done.has(d)) stack.push({ c: d, opened: false });
      }
    }
    return out;
  }

  private predecessors(c: Cluster): Cluster[] {
    return [...needs(this.clustering, c), ...(this.storage.before.get(c) ?? [])];
  }

  private place(c: Cluster): void {
    const compile: Compile = (inputs, outputs, updates, layout) =>
      schedule(inputs, outputs, updates, this.facts, layout);
    const lowered = lower(c, this, this.facts, compile);
    let start = 0;
    for (const d of this.predecessors(c)) {
      const before = this.placed.get(d)!;
      start = Math.max(start, before.start + before.lowered.phases.length);
    }
    this.placed.set(c, { lowered, start });
    this.phases = Math.max(this.phases, start + lowered.phases.length);
    this.placeFrames(c, start);
  }

  /** What stands around the cluster's results is written beside what runs before it. */
  private placeFrames(c: Cluster, start: number): void {
    for (const whole of new Set(nodesIn(c).map((x) => this.pieceOf(x)?.source))) {
      if (whole?.op !== 'pad') continue;
      const boxes = this.boxesOf(whole);
      const calls = lowerFrame(whole, this, this.facts, (strip) => !boxes || boxes.some((b) => meet(b, strip)));
      if (calls.length === 0) continue;
      this.frames.push({ lowered: { phases: [{ calls }], scratch: [] }, start: Math.max(0, start - 1) });
    }
  }

  /** What is read of `whole`, or undefined where that is no box of its elements. */
  private boxesOf(whole: Node): Box[] | undefined {
    if (this.outputs.includes(whole)) return undefined;
    this.readings ??= this.findReadings();
    const boxes: Box[] = [];
    for (const x of this.readings.get(whole) ?? []) {
      const box = boxOf(this.viewOf(x), x.shape);
      if (!box) return undefined;
      boxes.push(box);
    }
    return boxes;
  }

  /** The operands that lie in the memory of each padded node. */
  private findReadings(): Map<Node, Set<Node>> {
    const readings = new Map<Node, Set<Node>>();
    for (const n of this.clustering.clusterOf.keys()) {
      for (const x of n.inputs) {
        const { source } = this.viewOf(x);
        if (source.op === 'pad') readings.set(source, (readings.get(source) ?? new Set()).add(x));
      }
    }
    return readings;
  }

  private findLives(): void {
    for (const { phase, number } of this.entries) {
      for (const n of callsOf(phase).flatMap((call) => call.args)) {
        const life = this.lives.get(n);
        if (life) {
          life.from = Math.min(life.from, number);
          life.to = Math.max(life.to, number);
        } else this.lives.set(n, { from: number, to: number });
      }
    }
  }

  private assemble(): Program {
    const slots: Slot[] = [];
    const slotOf = new Map<Node, number>();
    const add = (n: Node, slot: Slot) => {
      slotOf.set(n, slots.push(slot) - 1);
    };
    [...this.inputs, ...this.outputs].forEach((n, index) => {
      add(n, { kind: 'external', index, bytes: bytesOf(n) });
    });
    const arena: Node[] = [];
    for (const n of this.lives.keys()) {
      if (slotOf.has(n)) continue;
      if (n.op === 'literal') add(n, { kind: 'constant', data: bytesIn(n), bytes: bytesOf(n) });
      else if (this.ofThread.has(n)) add(n, { kind: 'thread', bytes: bytesOf(n) });
      else arena.push(n);
    }
    const lives: Life[] = arena.map((n) => ({ bytes: bytesOf(n), ...this.lives.get(n)! }));
    const plan = planArena(lives);
    arena.forEach((n, i) => {
      add(n, { kind: 'arena', offset: plan.offsets[i]!, bytes: bytesOf(n) });
    });
    const { kernels, steps } = this.phaseSteps(slotOf);
    return { kernels, slots, arenaBytes: plan.bytes, steps };
  }

  private phaseSteps(slotOf: ReadonlyMap<Node, number>): { kernels: Kernel[]; steps: Step[] } {
    const kernels: Kernel[] = [];
    const numbers = new Map<string, number>();
    const toCall = (call: LoweredCall): Call => {
      const key = kernelKey(call.kernel);
      let kernel = numbers.get(key);
      if (kernel === undefined) {
        kernel = kernels.push(call.kernel) - 1;
        numbers.set(key, kernel);
      }
      const args = call.args.map((n, i): Arg => {
        const place = call.places?.[i];
        const advance = place?.advance ? { advance: place.advance } : {};
        return { slot: slotOf.get(n)!, offset: place?.offset ?? 0, ...advance };
      });
      return { kernel, args, cost: call.cost };
    };
    const toStep = (phase: LoweredPhase): Step =>
      'calls' in phase
        ? { kind: 'phase', calls: phase.calls.map(toCall) }
        : { kind: 'loop', count: phase.count, body: phase.body.map(toStep) };
    const calls: Call[][] = Array.from({ length: this.phases + 1 }, () => []);
    const loops: Step[][] = calls.map(() => []);
    for (const { phase, number } of this.entries) {
      if ('calls' in phase) calls[number]!.push(...phase.calls.map(toCall));
      else loops[number]!.push(toStep(phase));
    }
    const steps = calls.flatMap((c, i): Step[] => [
      ...(c.length > 0 ? [{ kind: 'phase' as const, calls: c }] : []),
      ...loops[i]!,
    ]);
    return { kernels, steps };
  }
}

function bytesIn(n: Node<'literal'>): Uint8Array {
  return toMemory(n.dtype, n.attrs.data);
}
