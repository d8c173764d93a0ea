import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const src = fileURLToPath(new URL('./src', import.meta.url));

/** Files that start processes and wait for them, or look at the whole process (its memory, its threads). */
const ALONE = [
  'test/{callbacks/kill,cli/interrupt,house/package,trust/bounds,trust/collected,trust/leaks,trust/threads}.test.ts',
  'test/runtime/native-*.test.ts',
  'test/targets/{choose,pool,wasm,wasm-apart,x64}.test.ts',
  'test/{compile/memory,models/overhead,pictures/mutations,saving/hostile-zip,schedule/fuzz}.test.ts',
];

/** The longest files begin with those alone; and a process that takes one file after the other ends where one alone comes next. */
class AloneFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const [alone, together] = [true, false].map((isolate) =>
      sorted.filter((f) => f.project.config.isolate === isolate),
    );
    return [...alone!, ...together!];
  }
}

export default defineConfig({
  resolve: {
    // The package by its own name, as the examples in the README import it.
    alias: [
      { find: /^olifant$/, replacement: `${src}/index.ts` },
      { find: /^olifant\/(.*)$/, replacement: `${src}/$1/index.ts` },
    ],
  },
  test: {
    pool: 'forks',
    // Also on two cores, where it would be one worker: a worker waits for compilers, files and processes in between.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: AloneFirst },
    // Young objects get more room, since the collector's copying of them is a tenth of the time otherwise.
    execArgv: ['--max-semi-space-size=32'],
    // For what hangs. No test is about time, and the machine may be slow and busy.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      // One process takes many files: to load the library, and to run it until the engine has optimized it, takes longer than
      // most of them.
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          isolate: false,
          setupFiles: ['test/support/as-found.ts'],
        },
      },
    ],
  },
});
