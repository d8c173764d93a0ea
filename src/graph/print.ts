import type { Attrs, Node, ScanBody } from './node.ts';
import { showShape } from './shape.ts';
import { topologicalOrder } from './structure.ts';

/**
 * A graph as text, for people: one node a line, operands before users, numbered from 0, so that equal graphs give equal
 * texts; the bodies of loops are indented below them.
 */
export function printGraph(outputs: readonly Node[]): string {
  return lines(outputs, 'return', '', { next: 0 }).join('\n');
}

function lines(outputs: readonly Node[], last: string, indent: string, count: { next: number }): string[] {
  const names = new Map<Node, string>();
  const out: string[] = [];
  const nameOf = (n: Node) => names.get(n)!;
  for (const n of topologicalOrder(outputs)) {
    names.set(n, `%${count.next++}`);
    out.push(indent + line(n, nameOf));
    if (n.op === 'scan') out.push(...body((n.attrs as Attrs['scan']).body, `${indent}  `, count));
  }
  out.push(`${indent}${last} ${outputs.map(nameOf).join(', ')}`.trimEnd());
  return out;
}

function line(n: Node, nameOf: (n: Node) => string): string {
  const type = n.op === 'scan' ? '' : `: ${n.dtype} ${showShape(n.shape)}`;
  const operands = n.inputs.map((x) => ` ${nameOf(x)}`).join('');
  const attrs = attributes(n);
  return `${nameOf(n)}${type} = ${n.op}${operands}${attrs ? ` {${attrs}}` : ''}${n.scope ? `  # ${n.scope}` : ''}`;
}

/** Slots have names of their own in the body: its first lines. */
function body(b: ScanBody, indent: string, count: { next: number }): string[] {
  const slots = [...b.carry, ...b.slices, ...b.constants];
  const all = lines([...slots, ...b.next, ...b.stacked], 'next', indent, count);
  const result = all
    .pop()!
    .trim()
    .split(' ')
    .slice(1 + slots.length);
  const names = result.map((r) => r.replace(',', ''));
  const next = names.slice(0, b.next.length).join(', ');
  const stacked = names.slice(b.next.length).join(', ');
  return [...all, `${indent}next ${next || 'nothing'}${stacked ? `; stack ${stacked}` : ''}`];
}

function attributes(n: Node): string {
  const shown: string[] = [];
  for (const [key, value] of Object.entries(n.attrs)) {
    const inferred = (key === 'shape' || key === 'dtype') && n.op !== 'iota';
    if (inferred || key === 'body') continue;
    shown.push(`${key} ${show(value)}`);
  }
  return shown.join(', ');
}

/** Long data is cut. */
function show(value: unknown): string {
  if (ArrayBuffer.isView(value)) {
    const data = value as unknown as ArrayLike<number>;
    const first = Array.from({ length: Math.min(data.length, 8) }, (_, i) => showNumber(data[i]!));
    return `[${first.join(' ')}${data.length > 8 ? ` ... ${data.length} in all` : ''}]`;
  }
  if (Array.isArray(value)) return `[${value.join(' ')}]`;
  return typeof value === 'number' ? showNumber(value) : `${value}`;
}

function showNumber(x: number): string {
  return Object.is(x, -0) ? '-0' : `${Number(x.toPrecision(7))}`;
}
