#!/usr/bin/env node
import { readCommandLine, runCommand, UsageError } from './arguments.ts';
import { infoText } from './info.ts';
import { version } from './version.ts';

const HELP = `olifant <command>

Deep learning in TypeScript: the Keras 3 API on a compiler of its own.

  info        which target runs here, and why; the processor, its features and its measured peak
  version     the version of this package

Environment:
  OLIFANT_TARGET   x64-avx512, x64-avx2, wasm or reference; otherwise the fastest one that works
  OLIFANT_THREADS  how many threads work; otherwise one for each core
  OLIFANT_STRICT   1 for the same bits on every target, without fused multiply-adds`;

await runCommand(main);

function main(args: readonly string[]): number {
  const words = args[0] === '--version' ? ['version', ...args.slice(1)] : args;
  const { positionals, help } = readCommandLine(words, {});
  const [command, ...more] = positionals;
  if (help || command === 'help') console.log(HELP);
  else if (command === 'version' && more.length === 0) console.log(version());
  else if (command === 'info' && more.length === 0) console.log(infoText());
  else throw new UsageError(command === undefined ? HELP : `unknown command '${positionals.join(' ')}'`);
  return 0;
}
