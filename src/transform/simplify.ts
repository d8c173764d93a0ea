import { node, withScope } from '../graph/build.ts';
import type { Attrs, Node, NodeOf, Primitive } from '../graph/node.ts';
import { inputsOf, topologicalOrder } from '../graph/structure.ts';
import { type Make, rewrite } from './simplify-rules.ts';

/**
 * The same values from fewer nodes: what is equal is computed once, what is constant now, what changes nothing not at
 * all. Every rule keeps the bits of every result, but for the payload of NaN. `input` nodes stay the same nodes. What no
 * output needs falls away, also in loops; loops over the same step become one.
 *
 * @returns One node an output.
 */
export function simplify(outputs: readonly Node[]): Node[] {
  return new Simplifier().run(outputs);
}

/** Loops that take the same steps over the same operands, and what any of them stacks that somebody reads. */
interface LoopGroup {
  readonly stacked: Node[];
  merged?: Node;
}

class Simplifier {
  readonly #done = new Map<Node, Node>();
  readonly #known = new Map<string, Node>();
  readonly #data = new Map<object, number>();
  readonly #groups = new Map<Node, LoopGroup>();

  run(outputs: readonly Node[]): Node[] {
    const order = topologicalOrder(outputs);
    this.#groupLoops(order);
    for (const n of order) this.#done.set(n, this.#simplify(n));
    return outputs.map((n) => this.#done.get(n)!);
  }

  #simplify(n: Node): Node {
    const inputs = n.inputs.map((x) => this.#done.get(x)!);
    return withScope(n.scope, () => {
      if (n.op === 'scan') return this.#loop(n as NodeOf<'scan'>, inputs);
      if (n.op === 'pick') return this.#pick(n as NodeOf<'pick'>, inputs[0]!);
      const same = inputs.every((x, i) => x === n.inputs[i]);
      return this.#settle(same ? n : (node(n.op, inputs, n.attrs) as Node));
    });
  }

  readonly #make: Make = (op, inputs, attrs) => this.#settle(node(op, inputs, attrs) as Node);

  /** The simplest node that is known for what `n` computes; the operands of `n` are settled. */
  #settle(n: Node): Node {
    const better = rewrite(n, this.#make);
    if (better !== undefined) return better;
    const key = this.#key(n);
    const known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, n);
    return known ?? n;
  }

  #key(n: Node): string {
    if (n.op === 'input' || n.op === 'scan') return `${n.op} ${n.id}`;
    const operands = n.inputs.map((x) => x.id);
    if (COMMUTATIVE.has(n.op)) operands.sort((a, b) => a - b);
    return `${n.op} ${operands.join(' ')} ${this.#show(n.attrs)}`;
  }

  #show(value: unknown): string {
    if (Object.is(value, -0)) return '-0';
    if (typeof value !== 'object' || value === null) return String(value);
    if (Array.isArray(value)) return `[${value.map((v) => this.#show(v)).join()}]`;
    if (ArrayBuffer.isView(value)) {
      const id = this.#data.get(value) ?? this.#data.size;
      this.#data.set(value, id);
      return `data ${id}`;
    }
    return Object.entries(value)
      .map(([k, v]) => `${k}:${this.#show(v)}`)
      .sort()
      .join();
  }

  #groupLoops(order: readonly Node[]): void {
    const groups = new Map<string, LoopGroup>();
    for (const n of order) {
      if (n.op === 'scan') {
        const { body, length, reverse } = n.attrs as Attrs['scan'];
        const step = [n.inputs, body.carry, body.slices, body.constants, body.next];
        const key = `${step.map((l) => l.map((x) => x.id).join(' ')).join('; ')}; ${length} ${reverse}`;
        const group = groups.get(key) ?? { stacked: [] };
        groups.set(key, group);
        this.#groups.set(n, group);
      } else if (n.op === 'pick') {
        const loop = n.inputs[0] as Node<'scan'>;
        const { carry, stacked } = loop.attrs.body;
        const read = stacked[(n.attrs as Attrs['pick']).index - carry.length];
        const group = this.#groups.get(loop)!;
        if (read && !group.stacked.includes(read)) group.stacked.push(read);
      }
    }
  }

  #loop(n: NodeOf<'scan'>, inputs: readonly Node[]): Node {
    const group = this.#groups.get(n as Node)!;
    if (group.merged) return group.merged;
    const { body, length, reverse } = n.attrs;
    const before = [...body.next, ...group.stacked];
    const after = new Simplifier().run(before);
    const read = new Set<Node>(inputsOf(after));
    const slots = [...body.carry, ...body.slices, ...body.constants];
    const needed = slots.map((s, i) => i < body.carry.length || read.has(s));
    const same =
      needed.every((used) => used) &&
      group.stacked.length === body.stacked.length &&
      [...body.next, ...body.stacked].every((x, i) => x === after[i]) &&
      inputs.every((x, i) => x === n.inputs[i]);
    const next = after.slice(0, body.next.length);
    const stacked = after.slice(body.next.length);
    const step = {
      carry: body.carry,
      slices: body.slices.filter((s) => read.has(s)),
      constants: body.constants.filter((s) => read.has(s)),
      next,
      stacked,
    };
    const operands = inputs.filter((_, i) => needed[i]);
    group.merged = same ? (n as Node) : node('scan', operands, { body: step, length, reverse });
    return group.merged;
  }

  #pick(n: NodeOf<'pick'>, loop: Node): Node {
    const { carry, next, stacked } = (n.inputs[0] as Node<'scan'>).attrs.body;
    const { index } = n.attrs;
    const i = index - carry.length;
    if (i < 0) return next[index] === carry[index] ? loop.inputs[index]! : this.#make('pick', [loop], { index });
    const place = this.#groups.get(n.inputs[0]!)!.stacked.indexOf(stacked[i]!);
    return this.#make('pick', [loop], { index: carry.length + place });
  }
}

const COMMUTATIVE: ReadonlySet<Primitive> = new Set(['add', 'mul', 'max', 'min', 'and', 'or', 'xor', 'eq']);
