import { node } from '../graph/build.ts';
import { isFloating, isHalf } from '../graph/dtype.ts';
import type { Attrs, Node, NodeOf } from '../graph/node.ts';
import { PRIMITIVES } from '../graph/primitives.ts';
import { sizeOf } from '../graph/shape.ts';
import { replaceNodes, topologicalOrder } from '../graph/structure.ts';
import { COSTLY } from './costly.ts';
import { add, permute, reshape, transpose, zeros } from './gradient-parts.ts';

type PullBack = (
  outputs: readonly Node[],
  cotangents: readonly (Node | undefined)[],
  wrt: readonly Node[],
) => (Node | undefined)[];

/**
 * The gradient of a loop is a loop in the other direction. With next, stacked = f(carry, slice, constant):
 *
 *     dcarry, dslice, dconstant += J_f' (dnext, dstacked)
 *
 * What a step back needs of the step forward is stacked by a second `scan` with the same steps (`simplify` makes one of
 * the two): the carries, products, and functions such as tanh; the rest is computed again. The part of a
 * weight's gradient that is a matrix product is taken out of the loop: sum_t a_t b_t is one product of stacked factors.
 *
 * @param dy The gradients of the loop's results, as `pick` numbers them.
 * @param active Whether the gradient of an operand is wanted.
 * @returns The gradients of the operands.
 */
export function scanGradient(
  loop: NodeOf<'scan'>,
  dy: readonly (Node | undefined)[],
  active: (operand: Node) => boolean,
  pullBack: PullBack,
): (Node | undefined)[] {
  const { body } = loop.attrs;
  const slots = slotsOf(loop);
  const wanted = activeSlots(loop, active);
  const back = new BackwardLoop(loop);
  const outputs: Node[] = [];
  const cotangents: Node[] = [];
  const carries = body.carry.flatMap((c, i) => {
    if (!wanted.has(c)) return [];
    outputs.push(body.next[i]!);
    cotangents.push(slotLike(c));
    return [{ carry: c, slot: cotangents[cotangents.length - 1]!, last: dy[i] ?? zeros(c.shape, c.dtype) }];
  });
  body.stacked.forEach((s, i) => {
    const given = dy[body.carry.length + i];
    if (given === undefined) return;
    outputs.push(s);
    cotangents.push(back.slice(s, given));
  });
  const targets = slots.filter((s) => wanted.has(s));
  const found = pullBack(outputs, cotangents, targets);
  const step = new Map(targets.map((s, i) => [s, found[i]]));
  back.measure(cotangents, found);

  const results = new Map<Node, () => Node>();
  for (const { carry, slot, last } of carries)
    results.set(carry, back.carry(slot, last, step.get(carry) ?? zeros(carry.shape, carry.dtype)));
  for (const s of body.slices) {
    const g = step.get(s);
    if (g) results.set(s, back.stack(g));
  }
  for (const c of body.constants) {
    const g = step.get(c);
    if (g) results.set(c, back.sumOverSteps(g));
  }
  back.close();
  return slots.map((s) => results.get(s)?.());
}

const slotsOf = ({ attrs: { body } }: NodeOf<'scan'>) => [...body.carry, ...body.slices, ...body.constants];

const slotLike = (n: Node): Node => node('input', [], { name: `d${n.id}`, shape: n.shape, dtype: n.dtype });

/** The slots through which something flows: a carry does also where the step lets another active slot flow into it. */
function activeSlots(loop: NodeOf<'scan'>, active: (operand: Node) => boolean): Set<Node> {
  const { body } = loop.attrs;
  const wanted = new Set(slotsOf(loop).filter((s, i) => isFloating(s.dtype) && active(loop.inputs[i]!)));
  const order = topologicalOrder(body.next);
  for (let before = -1; before < wanted.size; ) {
    before = wanted.size;
    const reached = new Set<Node>(wanted);
    for (const n of order) if (isFloating(n.dtype) && n.inputs.some((x) => reached.has(x))) reached.add(n);
    body.carry.forEach((c, i) => {
      if (isFloating(c.dtype) && reached.has(body.next[i]!)) wanted.add(c);
    });
  }
  return wanted;
}

/** On what a value of the backward step depends, each including the ones before. */
const LEVEL = { nothing: 0, constants: 1, step: 2, gradients: 3 } as const;

/** The loop backwards while it is put together. Results can be read, as thunks, when it is closed. */
class BackwardLoop {
  readonly #loop: NodeOf<'scan'>;
  readonly #level = new Map<Node, number>();
  readonly #carries: { slot: Node; init: Node; next: Node }[] = [];
  readonly #slices: { slot: Node; operand: () => Node }[] = [];
  readonly #constants: { slot: Node; operand: Node }[] = [];
  readonly #stacked: Node[] = [];
  /** Values of the forward step that are needed for all steps. */
  readonly #saved: Node[] = [];
  #forward: Node;
  #result: Node | undefined;

  constructor(loop: NodeOf<'scan'>) {
    this.#loop = loop;
    this.#forward = loop as Node;
  }

  /** A scanned operand, seen by the step as a value like `n`. */
  slice(n: Node, operand: Node | (() => Node)): Node {
    const slot = slotLike(n);
    this.#slices.push({ slot, operand: typeof operand === 'function' ? operand : () => operand });
    return slot;
  }

  carry(slot: Node, init: Node, next: Node): () => Node {
    const index = this.#carries.push({ slot, init, next }) - 1;
    return () => node('pick', [this.#result!], { index });
  }

  stack(value: Node): () => Node {
    const index = this.#stacked.push(value) - 1;
    return () => node('pick', [this.#result!], { index: this.#carries.length + index });
  }

  /** Finds out on what the nodes of the step's gradient depend. */
  measure(cotangents: readonly Node[], gradients: readonly (Node | undefined)[]): void {
    const { body } = this.#loop.attrs;
    for (const c of body.constants) this.#level.set(c, LEVEL.constants);
    for (const s of [...body.carry, ...body.slices]) this.#level.set(s, LEVEL.step);
    for (const c of cotangents) this.#level.set(c, LEVEL.gradients);
    for (const n of topologicalOrder(gradients.filter((g) => g !== undefined))) {
      if (this.#level.has(n)) continue;
      const levels = n.inputs.map((x) => this.#level.get(x)!);
      this.#level.set(n, Math.max(LEVEL.nothing, ...levels));
    }
  }

  /** The sum of a value over all steps: products of matrices after the loop, the rest as a carry. */
  sumOverSteps(value: Node): () => Node {
    const later: (() => Node)[] = [];
    const here: Node[] = [];
    for (const term of termsOf(value)) {
      const folded = this.#foldProduct(term);
      if (folded) later.push(folded);
      else here.push(term);
    }
    if (here.length > 0) {
      const slot = slotLike(value);
      later.push(this.carry(slot, zeros(value.shape, value.dtype), here.reduce(add, slot)));
    }
    return () => later.map((f) => f()).reduce(add);
  }

  /** sum_t of a linear movement of a_t b_t (matrices) = the movement of [a_0 a_1 ...] [b_0; b_1; ...] */
  #foldProduct(term: Node): (() => Node) | undefined {
    const movements: Node[] = [];
    let n = term;
    while (isLinear(n)) {
      movements.push(n);
      n = n.inputs[0]!;
    }
    const [a, b] = n.inputs;
    if (n.op !== 'dot' || n.shape.length !== 2) return undefined;
    if ([a!, b!].some((x) => this.#level.get(x)! < LEVEL.step)) return undefined;
    const left = this.#allSteps(transpose(a!));
    const right = this.#allSteps(b!);
    return () => {
      const rows = (x: Node) => reshape(x, [x.shape[0]! * x.shape[1]!, x.shape[2]!]);
      const product = node('dot', [transpose(rows(left())), rows(right())], {});
      return movements.reduceRight<Node>((x, m) => node(m.op, [x], m.attrs) as Node, product);
    };
  }

  /** A value of all steps, [length, ...]. */
  #allSteps(value: Node): () => Node {
    if (value.op === 'permute') {
      const { perm } = value.attrs as Attrs['permute'];
      const of = this.#allSteps(value.inputs[0]!);
      return () => permuteAgain(of(), [0, ...perm.map((p) => p + 1)]);
    }
    if (value.op === 'cast' && isHalf(value.inputs[0]!.dtype)) {
      const of = this.#allSteps(value.inputs[0]!);
      return () => node('cast', [of()], value.attrs as Attrs['cast']);
    }
    const scanned = this.#scanned(value);
    if (scanned) return () => scanned;
    if ((this.#level.get(value) ?? LEVEL.gradients) === LEVEL.gradients) return this.stack(value);
    return this.#save(value);
  }

  #scanned(slot: Node): Node | undefined {
    const { carry, slices } = this.#loop.attrs.body;
    const i = slices.indexOf(slot);
    return i < 0 ? undefined : this.#loop.inputs[carry.length + i];
  }

  #save(value: Node): () => Node {
    const { carry, stacked } = this.#loop.attrs.body;
    const known = stacked.indexOf(value);
    if (known >= 0) return () => node('pick', [this.#loop as Node], { index: carry.length + known });
    if (!this.#saved.includes(value)) this.#saved.push(value);
    const index = carry.length + stacked.length + this.#saved.indexOf(value);
    return () => node('pick', [this.#forward], { index });
  }

  /** Finds what the step back needs of the step forward and makes both loops. */
  close(): void {
    const { body, length, reverse } = this.#loop.attrs;
    const roots = [...this.#carries.map((c) => c.next), ...this.#stacked];
    const inside = replaceNodes(roots, this.#localise(roots));
    if (this.#saved.length > 0) {
      const stacked = [...body.stacked, ...this.#saved];
      this.#forward = node('scan', this.#loop.inputs, { ...this.#loop.attrs, body: { ...body, stacked } });
    }
    const operands = [
      ...this.#carries.map((c) => c.init),
      ...this.#slices.map((s) => s.operand()),
      ...this.#constants.map((c) => c.operand),
    ];
    this.#result = node('scan', operands, {
      body: {
        carry: this.#carries.map((c) => c.slot),
        slices: this.#slices.map((s) => s.slot),
        constants: this.#constants.map((c) => c.slot),
        next: inside.slice(0, this.#carries.length),
        stacked: inside.slice(this.#carries.length),
      },
      length,
      reverse: !reverse,
    });
  }

  /** The slots that stand for values from outside the step back: constants, and slices saved by the step forward. */
  #localise(roots: readonly Node[]): Map<Node, Node> {
    const slots = new Map<Node, Node>();
    const users = new Map<Node, Node[]>(roots.map((n) => [n, [n]]));
    const forward: Node[] = [];
    // A map goes on to what is put into it meanwhile.
    for (const [n] of users) {
      const level = this.#level.get(n) ?? LEVEL.gradients;
      if (level === LEVEL.constants && n.op !== 'broadcast' && n.op !== 'reshape') slots.set(n, this.#hoist(n));
      else if (level === LEVEL.step && !isCheap(n)) forward.push(n);
      else if (level !== LEVEL.nothing) for (const x of n.inputs) users.set(x, [...(users.get(x) ?? []), n]);
    }
    for (const n of forward) {
      const scanned = this.#scanned(n);
      const needed = scanned ? [n] : neededOf(n, users.get(n)!);
      for (const part of needed) slots.set(part, this.slice(part, scanned ?? this.#save(part)));
    }
    return slots;
  }

  /** A value of constants alone, computed before the loop. */
  #hoist(n: Node): Node {
    const slot = slotLike(n);
    const { carry, slices, constants } = this.#loop.attrs.body;
    const first = carry.length + slices.length;
    const outside = new Map(constants.map((c, i) => [c, this.#loop.inputs[first + i]!]));
    this.#constants.push({ slot, operand: replaceNodes([n], outside)[0]! });
    return slot;
  }
}

function isCheap(n: Node): boolean {
  return (
    n.op !== 'input' && !COSTLY.has(n.op) && ['source', 'elementwise', 'movement'].includes(PRIMITIVES[n.op].class)
  );
}

/** What is kept of a value: the parts that its users cut out, where they are less than all of it. */
function neededOf(n: Node, users: readonly Node[]): readonly Node[] {
  const parts = [...new Set(users)];
  const size = parts.reduce((sum, p) => sum + sizeOf(p.shape), 0);
  return parts.every((p) => p.op === 'slice') && size < sizeOf(n.shape) ? parts : [n];
}

/** The terms of a sum, in order. */
function termsOf(value: Node): Node[] {
  const terms: Node[] = [];
  const open = [value];
  while (open.length > 0) {
    const n = open.pop()!;
    const sum = isHalf(n.dtype) && n.op === 'cast' ? n.inputs[0]! : n;
    const operands = sum.inputs.map((x) => (sum === n ? x : widened(x)));
    if (sum.op === 'add' && operands.every((x) => x?.dtype === n.dtype)) open.push(operands[1]!, operands[0]!);
    else terms.push(n);
  }
  return terms;
}

/** What was cast to float32, to be added. */
const widened = (x: Node): Node | undefined => (x.op === 'cast' ? x.inputs[0] : undefined);

/** The sum of the movements is the movement of the sum; and a sum of 16 bits is rounded once, not term by term. */
function isLinear(n: Node): boolean {
  if (n.op === 'cast') return isHalf(n.dtype) && n.inputs[0]!.dtype === 'float32';
  return n.op === 'reshape' || n.op === 'permute' || (n.op === 'pad' && (n.attrs as Attrs['pad']).value === 0);
}

/** A permutation of a permutation is one, or none. */
function permuteAgain(x: Node, perm: readonly number[]): Node {
  if (x.op !== 'permute') return permute(x, perm);
  const first = (x.attrs as Attrs['permute']).perm;
  return permuteAgain(
    x.inputs[0]!,
    perm.map((p) => first[p]!),
  );
}
