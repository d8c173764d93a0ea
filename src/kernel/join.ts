import { type Affine, affine, type BufferParam, type IndexId, type Kernel, type Stmt, scale, sum } from './ir.ts';

/** A kernel of which each item of a joined kernel runs `times` items, one after the other. */
export interface Part {
  readonly kernel: Kernel;
  readonly times: number;
  /** For each of the kernel's buffers, the number of the joined kernel's buffer. */
  readonly buffers: readonly number[];
}

/** A loop around all parts of an item: after each iteration, buffer i begins `advance[i]` elements further. */
export interface Repeat {
  readonly count: number;
  readonly advance: readonly number[];
}

/**
 * One kernel that does, in each of its items, what the items of several kernels do that belong together. `apart[i]` is what
 * is taken off addresses of buffer i for each item: where it is what an item is further than the one before, every item
 * uses the same place.
 */
export function joinKernels(parts: readonly Part[], apart: readonly number[], repeat?: Repeat): Kernel {
  const buffers = apart.map((_, i): BufferParam => {
    const uses = parts.flatMap((p) => p.kernel.buffers.filter((_, k) => p.buffers[k] === i));
    const [reads, writes] = (['r', 'w'] as const).map((x) => uses.some((u) => u.access.includes(x)));
    return { name: `b${i}`, mem: uses[0]!.mem, access: reads ? (writes ? 'rw' : 'r') : 'w' };
  });
  const { kernel: first, times } = parts[0]!;
  const item: IndexId = 0;
  let [index, value] = [1, 0];
  const turn: IndexId = index++;
  const body: Stmt[] = [];
  // What moves backwards begins at its last place.
  const offsets = apart.map((step, i) => {
    const far = repeat?.advance[i] ?? 0;
    return affine(far < 0 ? -far * (repeat!.count - 1) : 0, [item, -step], [turn, far]);
  });
  for (const part of parts) {
    const inner: IndexId = index++;
    const which = part.times === 1 ? affine(0, [item, 1]) : affine(0, [item, part.times], [inner, 1]);
    const renamed = new Renamer(part, { index, value, which, offsets });
    const statements = renamed.block(part.kernel.body);
    [index, value] = [renamed.nextIndex, renamed.nextValue];
    if (part.times === 1) body.push(...statements);
    else {
      const [begin, end] = [affine(0), affine(part.times)];
      body.push({ k: 'loop', index: inner, begin, end, step: 1, carry: [], body: statements });
    }
  }
  const name = parts.map((p) => p.kernel.name).join(', then ');
  const again: Stmt[] = repeat
    ? [{ k: 'loop', index: turn, begin: affine(0), end: affine(repeat.count), step: 1, carry: [], body }]
    : body;
  return { name, lanes: first.lanes, buffers, domain: first.domain / times, item, body: again };
}

interface Names {
  /** The first free index and value. */
  readonly index: IndexId;
  readonly value: number;
  /** The part's item. */
  readonly which: Affine;
  /** What is added to the addresses of each buffer. */
  readonly offsets: readonly Affine[];
}

/** Gives the indices, values and buffers of a kernel other numbers. */
class Renamer {
  nextIndex: IndexId;
  nextValue: number;
  readonly #part: Part;
  readonly #names: Names;
  readonly #indices = new Map<IndexId, IndexId>();
  readonly #values = new Map<number, number>();

  constructor(part: Part, names: Names) {
    this.#part = part;
    this.#names = names;
    [this.nextIndex, this.nextValue] = [names.index, names.value];
  }

  block(body: readonly Stmt[]): Stmt[] {
    return body.map((s) => this.#statement(s));
  }

  #index(id: IndexId): IndexId {
    const known = this.#indices.get(id) ?? this.nextIndex++;
    this.#indices.set(id, known);
    return known;
  }

  #value(id: number): number {
    const known = this.#values.get(id) ?? this.nextValue++;
    this.#values.set(id, known);
    return known;
  }

  #affine({ c, terms }: Affine): Affine {
    const { item } = this.#part.kernel;
    return sum([
      affine(c),
      ...terms.map(([i, k]) => (i === item ? scale(this.#names.which, k) : affine(0, [this.#index(i), k]))),
    ]);
  }

  #at(buf: number, at: Affine): { buf: number; at: Affine } {
    const to = this.#part.buffers[buf]!;
    return { buf: to, at: sum([this.#affine(at), this.#names.offsets[to]!]) };
  }

  #statement(s: Stmt): Stmt {
    switch (s.k) {
      case 'loop': {
        // What stands before the body is numbered first.
        const [begin, end, index] = [this.#affine(s.begin), this.#affine(s.end), this.#index(s.index)];
        const opened = s.carry.map((c) => ({ ...c, init: this.#value(c.init), phi: this.#value(c.phi) }));
        const body = this.block(s.body);
        const carry = opened.map((c) => ({ ...c, next: this.#value(c.next), out: this.#value(c.out) }));
        return { ...s, index, begin, end, carry, body };
      }
      case 'if':
        return { ...s, value: this.#affine(s.value), then: this.block(s.then), otherwise: this.block(s.otherwise) };
      case 'index': {
        const a = this.#affine(s.a);
        if (typeof s.b === 'number') return { k: 'index', op: s.op as 'div', a, b: s.b, id: this.#index(s.id) };
        return { k: 'index', op: s.op as 'min', a, b: this.#affine(s.b), id: this.#index(s.id) };
      }
      case 'loadIndex':
        return { ...s, ...this.#at(s.buf, s.at), id: this.#index(s.id) };
      case 'const':
      case 'iota':
        return { ...s, id: this.#value(s.id) };
      case 'splatIndex':
        return { ...s, at: this.#affine(s.at), id: this.#value(s.id) };
      case 'op':
        return { ...s, args: s.args.map((v) => this.#value(v)), id: this.#value(s.id) };
      case 'load':
        return { ...s, ...this.#at(s.buf, s.at), id: this.#value(s.id) };
      case 'gather':
        return { ...s, ...this.#at(s.buf, s.at), indices: this.#value(s.indices), id: this.#value(s.id) };
      case 'store':
        return { ...s, ...this.#at(s.buf, s.at), value: this.#value(s.value) };
    }
  }
}
