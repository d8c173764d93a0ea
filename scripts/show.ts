// Prints what the compiler makes of a model's step, at any stage.
//   npm run show -- <mlp|cnn|file.keras> [--stage=trace|graph|kernel|asm] [--mode=train|test|predict] [--batch=128]
//                   [--target=x64-avx512|x64-avx2|wasm] [--only=text in a kernel's name]
import { parseArgs } from 'node:util';
import { generateKernel } from '../src/codegen/x64/index.ts';
import { scheduleGraph, transformGraph } from '../src/compile.ts';
import { printGraph } from '../src/graph/print.ts';
import type { Kernel } from '../src/kernel/ir.ts';
import { printKernel } from '../src/kernel/print.ts';
import type { Program, Step } from '../src/schedule/program.ts';
import { disassemble } from '../test/codegen/x64-disassemble.ts';
import { FACTS, type FactsName, type Mode, stepGraph } from './lib/step.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stage: { type: 'string', default: 'kernel' },
    mode: { type: 'string' },
    batch: { type: 'string', default: '128' },
    target: { type: 'string', default: 'x64-avx512' },
    only: { type: 'string', default: '' },
  },
});
const name = positionals[0] ?? 'mlp';
const target = oneOf('target', values.target, Object.keys(FACTS)) as FactsName;
const stage = oneOf('stage', values.stage, ['trace', 'graph', 'kernel', 'asm']);
const mode = oneOf('mode', values.mode ?? (name.endsWith('.keras') ? 'predict' : 'train'), [
  'train',
  'test',
  'predict',
]);
console.log(await show());

async function show(): Promise<string> {
  const traced = await stepGraph(name, mode as Mode, Number(values.batch));
  const graph = stage === 'trace' ? traced : transformGraph(traced, FACTS[target]);
  if (stage === 'trace' || stage === 'graph')
    return printGraph([...graph.outputs, ...graph.updates.map((u) => u.value)]);
  const program = scheduleGraph(graph, FACTS[target]);
  const kernels = program.kernels.filter((kernel) => kernel.name.includes(values.only));
  const texts = kernels.map(stage === 'kernel' ? printKernel : assembly);
  return [...texts, outline(program)].join('\n\n');
}

function assembly(kernel: Kernel): string {
  if (target === 'wasm') fail('--stage=asm is for x64 targets; for wasm look at --stage=kernel');
  const code = generateKernel(kernel, { avx512: target === 'x64-avx512' });
  const lines = disassemble(code).map(({ at, text }) => `  ${at.toString(16).padStart(5)}  ${text}`);
  return [`${kernel.name}: ${code.length} bytes`, ...lines].join('\n');
}

/** What runs in which phase. */
function outline(program: Program): string {
  const lines = (steps: readonly Step[], indent: string): string[] =>
    steps.flatMap((step) => {
      if (step.kind === 'loop') return [`${indent}${step.count} times:`, ...lines(step.body, `${indent}  `)];
      return [`${indent}${step.calls.map((call) => program.kernels[call.kernel]!.name).join(', ')}`];
    });
  const size = (program.arenaBytes / 2 ** 20).toFixed(1);
  return [
    `${program.kernels.length} kernels, an arena of ${size} MiB; a phase a line:`,
    ...lines(program.steps, '  '),
  ].join('\n');
}

function oneOf(option: string, value: string, known: readonly string[]): string {
  return known.includes(value) ? value : fail(`--${option}: expected one of ${known.join(', ')}, got '${value}'`);
}

function fail(message: string): never {
  throw Object.assign(new Error(message), { code: 'USAGE' });
}
