// Shows what a change did to the generated code: the machine code of some models is compared with what was stored the last time.
//   npm run kernels:diff               compares; exit status 1 where something differs
//   npm run kernels:diff -- --update   stores what is generated now, in .cache/kernels/
// A refactoring leaves every byte as it was.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { generateKernel } from '../src/codegen/x64/index.ts';
import { scheduleGraph, transformGraph } from '../src/compile.ts';
import type { Kernel } from '../src/kernel/ir.ts';
import { printKernel } from '../src/kernel/print.ts';
import { disassemble } from '../test/codegen/x64-disassemble.ts';
import { FACTS, stepGraph } from './lib/step.ts';

const FOLDER = '.cache/kernels';
const MODELS = [
  { model: 'mlp', mode: 'train', batch: 128 },
  { model: 'mlp', mode: 'train', batch: 32 },
  { model: 'cnn', mode: 'train', batch: 128 },
  { model: 'cnn', mode: 'predict', batch: 1 },
] as const;
const TARGETS = ['x64-avx512', 'x64-avx2'] as const;

/** One listing: `hash name bytes`, a kernel a line, in the order of the program; and the text behind each hash. */
interface Listing {
  readonly lines: string[];
  readonly texts: Map<string, string>;
}

const update = process.argv.includes('--update');
let different = 0;
for (const { model, mode, batch } of MODELS) {
  const traced = await stepGraph(model, mode, batch);
  for (const target of TARGETS) {
    const { kernels } = scheduleGraph(transformGraph(traced, FACTS[target]), FACTS[target]);
    const found = listing(kernels, target === 'x64-avx512');
    const title = `${model}-${mode}-${batch}-${target}`;
    if (update) store(title, found);
    else different += compare(title, found);
  }
}
if (different > 0) process.exitCode = 1;

function listing(kernels: readonly Kernel[], avx512: boolean): Listing {
  const texts = new Map<string, string>();
  const lines = kernels.map((kernel) => {
    const code = generateKernel(kernel, { avx512 });
    const hash = createHash('sha256').update(code).digest('hex').slice(0, 12);
    texts.set(hash, [printKernel(kernel), '', ...disassemble(code).map(({ text }) => `  ${text}`), ''].join('\n'));
    return `${hash} ${kernel.name} ${code.length}`;
  });
  return { lines, texts };
}

function store(title: string, { lines, texts }: Listing): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${FOLDER}/${title}.txt`, `${lines.join('\n')}\n`);
  for (const [hash, text] of texts) writeFileSync(`${FOLDER}/${hash}.kernel`, text);
  console.log(`${title}: ${lines.length} kernels stored`);
}

/** @returns the number of kernels that differ. */
function compare(title: string, { lines, texts }: Listing): number {
  const file = `${FOLDER}/${title}.txt`;
  if (!existsSync(file)) {
    console.log(`${title}: nothing is stored; run with --update before the change`);
    return 1;
  }
  const before = readFileSync(file, 'utf8').trimEnd().split('\n');
  const gone = before.filter((line) => !lines.includes(line));
  const added = lines.filter((line) => !before.includes(line));
  const bytes = (list: readonly string[]) => list.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  const same = gone.length === 0 && added.length === 0;
  console.log(
    `${title}: ${same ? `${lines.length} kernels, as before` : `${gone.length} gone, ${added.length} new, ${bytes(lines) - bytes(before)} bytes`}`,
  );
  for (const line of gone) console.log(`  - ${line}`);
  for (const line of added) {
    const hash = line.split(' ')[0]!;
    console.log(`  + ${line}   ${FOLDER}/${hash}.new`);
    writeFileSync(`${FOLDER}/${hash}.new`, texts.get(hash)!);
  }
  return gone.length + added.length;
}
