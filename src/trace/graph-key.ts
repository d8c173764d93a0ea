import type { Node, ScanBody } from '../graph/node.ts';

/** A graph without its values: what two graphs have in common that one program can compute. */
export interface GraphKey {
  /** Equal for graphs that differ in the values of their literals alone; undefined where values are part of the structure. */
  readonly text: string | undefined;
  /** The literals that it reads, one for each place in the key. */
  readonly literals: readonly Node<'literal'>[];
  /** Every literal of the graph with its place; several over the same array have one. */
  readonly places: ReadonlyMap<Node, number>;
  /** An input without a value that it depends on. */
  readonly open: Node<'input'> | undefined;
}

/**
 * The structure of what `outputs` compute: primitives, attributes, constants, and for literals dtype and shape. Literals over the
 * same array are one, so that `x + x` and `x + y` differ. Of a value with a derivative of its own the value counts alone.
 */
export function graphKey(outputs: readonly Node[]): GraphKey {
  const writer = new Writer();
  const ends = outputs.map((n) => writer.write(n));
  writer.parts.push(`>${ends.join()}`);
  const { parts, literals, places, open } = writer;
  return { text: writer.hasData ? undefined : parts.join(''), literals, places, open };
}

class Writer {
  readonly parts: string[] = [];
  readonly literals: Node<'literal'>[] = [];
  readonly places = new Map<Node, number>();
  open: Node<'input'> | undefined;
  /** Whether the body of a loop has literals in it, instead of among the operands of the loop. */
  hasData = false;
  readonly #numbers = new Map<Node, number>();
  readonly #data = new Map<object, Node<'literal'>[]>();
  #count = 0;

  /** Writes what `end` needs, operands before users; nothing recurses but into the bodies of loops. */
  write(end: Node): number {
    const stack: Node[] = [end];
    const numbers = this.#numbers;
    for (let n = stack.at(-1); n !== undefined; n = stack.at(-1)) {
      if (numbers.has(n)) {
        stack.pop();
        continue;
      }
      const operands = n.op === 'custom' ? n.inputs.slice(0, 1) : n.inputs;
      const before = stack.length;
      for (let i = operands.length - 1; i >= 0; i--) if (!numbers.has(operands[i]!)) stack.push(operands[i]!);
      if (stack.length > before) continue;
      stack.pop();
      numbers.set(n, n.op === 'literal' ? this.#literal(n as Node<'literal'>) : this.#node(n, operands));
    }
    return numbers.get(end)!;
  }

  #node(n: Node, operands: readonly Node[]): number {
    if (n.op === 'input') this.open = n as Node<'input'>;
    let text = n.op as string;
    for (const x of operands) text += ` ${this.#numbers.get(x)}`;
    const attrs = n.op === 'input' ? { shape: n.shape, dtype: n.dtype } : (n.attrs as Record<string, unknown>);
    for (const name in attrs) text += `,${this.#value((attrs as Record<string, unknown>)[name])}`;
    this.parts.push(text, ';');
    return this.#count++;
  }

  #literal(n: Node<'literal'>): number {
    const { data } = n.attrs;
    const known = this.#data.get(data) ?? [];
    this.#data.set(data, known);
    const same = known.find((l) => l.dtype === n.dtype && l.shape.join() === n.shape.join());
    if (same !== undefined) {
      this.places.set(n, this.places.get(same)!);
      return this.#numbers.get(same)!;
    }
    known.push(n);
    this.places.set(n, this.literals.length);
    this.literals.push(n);
    this.parts.push(`literal ${n.dtype},${n.shape};`);
    return this.#count++;
  }

  #value(value: unknown): string {
    if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value);
    if (Array.isArray(value)) return `[${value}]`;
    if (typeof value === 'object' && value !== null) return this.#body(value as ScanBody);
    return String(value);
  }

  /** The body of a loop is a graph of its own, over inputs of which the key says what part each plays. */
  #body({ carry, slices, constants, next, stacked }: ScanBody): string {
    const inside = new Writer();
    const ends = [carry, slices, constants, next, stacked].map((nodes) => nodes.map((n) => inside.write(n)).join());
    if (inside.literals.length > 0 || inside.hasData) this.hasData = true;
    return `{${inside.parts.join('')}${ends.join('|')}}`;
  }
}
