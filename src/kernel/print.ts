import type { Affine, Carry, IfStmt, IndexStmt, Kernel, LoadStmt, LoopStmt, Stmt, StoreStmt } from './ir.ts';

/** A kernel as text, for people: `%3` is a value, `i1` an index, `x[...]` an element of a buffer. */
export function printKernel(kernel: Kernel): string {
  const params = kernel.buffers.map((b) => `${b.access} ${b.name}: ${b.mem}`).join(', ');
  const head = `kernel ${kernel.name}(${params}) lanes ${kernel.lanes} {`;
  const items = `for i${kernel.item} in 0 .. ${kernel.domain} {`;
  return [head, `  ${items}`, ...block(kernel, kernel.body, '    '), '  }', '}'].join('\n');
}

/** One statement; of a loop or a branch, its first line. */
export function printStmt(kernel: Kernel, s: Stmt): string {
  return lines(kernel, s, '')[0]!;
}

export function printAffine(a: Affine): string {
  const terms = a.terms.map(([i, k]) => (k === 1 ? `i${i}` : `${k}*i${i}`));
  if (a.c !== 0 || terms.length === 0) terms.push(`${a.c}`);
  return terms.join(' + ').replaceAll('+ -', '- ');
}

function block(kernel: Kernel, body: readonly Stmt[], indent: string): string[] {
  return body.flatMap((s) => lines(kernel, s, indent));
}

function lines(kernel: Kernel, s: Stmt, indent: string): string[] {
  if (s.k === 'loop') return loop(kernel, s, indent);
  if (s.k === 'if') return branch(kernel, s, indent);
  return [indent + line(kernel, s)];
}

function line(kernel: Kernel, s: Exclude<Stmt, LoopStmt | IfStmt>): string {
  const element = (buf: number, at: Affine) => `${kernel.buffers[buf]?.name ?? `buffer ${buf}`}[${printAffine(at)}]`;
  switch (s.k) {
    case 'index':
      return index(s);
    case 'loadIndex':
      return `i${s.id} = clamp ${element(s.buf, s.at)} to ${s.lo} .. ${s.hi}`;
    case 'const':
      return `%${s.id} = ${s.type} ${Object.is(s.value, -0) ? '-0' : s.value}`;
    case 'iota':
      return `%${s.id} = iota`;
    case 'splatIndex':
      return `%${s.id} = i32 ${printAffine(s.at)}`;
    case 'op': {
      const args = s.args.map((a) => ` %${a}`).join('');
      const imm = s.imm === undefined ? '' : ` ${s.imm}`;
      return `%${s.id} = ${s.op}${args}${imm}${s.pattern ? ` [${s.pattern.join(' ')}]` : ''}`;
    }
    case 'load':
      return `%${s.id} = load.${s.type} ${element(s.buf, s.at)}${s.splat ? ' splat' : ''}${lanes(s)}`;
    case 'gather':
      return `%${s.id} = gather.${s.type} ${element(s.buf, s.at)} at %${s.indices}${lanes(s)}`;
    case 'store':
      return `store.${s.type} ${element(s.buf, s.at)}${lanes(s)} = %${s.value}`;
  }
}

function index(s: IndexStmt): string {
  const a = printAffine(s.a);
  if (typeof s.b === 'number') return `i${s.id} = (${a}) ${s.op} ${s.b}`;
  return `i${s.id} = ${s.op}(${a}, ${printAffine(s.b)})`;
}

function lanes(s: Pick<LoadStmt | StoreStmt, 'count' | 'stride'>): string {
  return (s.count === undefined ? '' : ` count ${s.count}`) + (s.stride === undefined ? '' : ` stride ${s.stride}`);
}

function loop(kernel: Kernel, s: LoopStmt, indent: string): string[] {
  const carry = (c: Carry) => `${indent}  carry ${c.type} %${c.phi} = %${c.init} then %${c.next}, out %${c.out}`;
  const head = `${indent}for i${s.index} = ${printAffine(s.begin)} .. ${printAffine(s.end)} step ${s.step} {`;
  return [head, ...s.carry.map(carry), ...block(kernel, s.body, `${indent}  `), `${indent}}`];
}

const RELATION = { lt: '< 0', ge: '>= 0', eq: '== 0' } as const;

function branch(kernel: Kernel, s: IfStmt, indent: string): string[] {
  const out = [`${indent}if ${printAffine(s.value)} ${RELATION[s.rel]} {`, ...block(kernel, s.then, `${indent}  `)];
  if (s.otherwise.length > 0) out.push(`${indent}} else {`, ...block(kernel, s.otherwise, `${indent}  `));
  return [...out, `${indent}}`];
}
