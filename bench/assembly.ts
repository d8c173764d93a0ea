import { Decoder, DecoderOptions, Formatter, FormatterSyntax } from 'iced-x86';
import { generateKernel } from '../src/codegen/x64/index.ts';
import { node } from '../src/graph/build.ts';
import type { Node } from '../src/graph/node.ts';
import type { Kernel } from '../src/kernel/ir.ts';
import { schedule } from '../src/schedule/schedule.ts';

interface Line {
  readonly at: number;
  readonly text: string;
  readonly jump: number | null;
}

const FACTS = { lanes: 16, registers: 32, fma: true };

/** Prints the loops in which products spend their time, as an independent disassembler reads them. */
export function printInnerLoops(): void {
  for (const [title, output] of products()) {
    const { kernels } = schedule(inputsOf(output), [output], [], FACTS);
    for (const kernel of kernels.filter(hasProduct)) {
      const lines = hottestLoop(disassemble(generateKernel(kernel, { avx512: true })));
      const fma = lines.filter((l) => l.text.startsWith('vfmadd')).length;
      console.log(`; ${title}: ${fma} multiply-adds of 16 lanes in ${lines.length} instructions`);
      console.log(`${lines.map((l) => `    ${l.text}`).join('\n')}\n`);
    }
  }
}

function input(name: string, shape: readonly number[]): Node<'input'> {
  return node('input', [], { name, shape, dtype: 'float32' }) as Node<'input'>;
}

function products(): [title: string, output: Node][] {
  const geometry = { strides: [1, 1], padLow: [0, 0], padHigh: [0, 0], dilation: [1, 1], groups: 1 };
  const dot = node('dot', [input('x', [128, 784]), input('w', [784, 512])], {});
  const conv = node('conv', [input('x', [128, 12, 12, 64]), input('filter', [5, 5, 64, 64])], geometry);
  return [
    ['dense 784 to 512, batch 128', dot],
    ['5 x 5 convolution, 64 to 64 channels', conv],
  ];
}

function inputsOf(n: Node): Node<'input'>[] {
  return n.inputs.flatMap((x) => (x.op === 'input' ? [x] : inputsOf(x)));
}

function hasProduct(kernel: Kernel): boolean {
  return JSON.stringify(kernel.body).includes('"fma"');
}

function disassemble(code: Uint8Array): Line[] {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const formatter = new Formatter(FormatterSyntax.Intel);
  const lines: Line[] = [];
  while (decoder.canDecode) {
    const instruction = decoder.decode();
    const text = formatter.format(instruction);
    const jump = instruction.isJccShortOrNear ? Number(instruction.nearBranchTarget) : null;
    lines.push({ at: Number(instruction.ip), text, jump });
    instruction.free();
    if (text === 'ret') break;
  }
  formatter.free();
  decoder.free();
  return lines;
}

/** Of the loops without one inside, the one with the most multiply-adds. */
function hottestLoop(lines: readonly Line[]): Line[] {
  const loops = lines.flatMap((line, i) => {
    if (line.jump === null || line.jump > line.at) return [];
    const first = lines.findIndex((l) => l.at === line.jump);
    return [lines.slice(first, i + 1)];
  });
  const innermost = loops.filter((a) => !loops.some((b) => b !== a && a.includes(b[0]!) && a.includes(b.at(-1)!)));
  const weight = (loop: readonly Line[]) => loop.filter((l) => l.text.startsWith('vfmadd')).length;
  return innermost.reduce((a, b) => (weight(a) >= weight(b) ? a : b), []);
}
