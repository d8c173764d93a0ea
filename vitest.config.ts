import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const src = fileURLToPath(new URL('./src', import.meta.url));

export default defineConfig({
  resolve: {
    // The package by its own name, as the examples in the README import it.
    alias: [
      { find: /^olifant$/, replacement: `${src}/index.ts` },
      { find: /^olifant\/(.*)$/, replacement: `${src}/$1/index.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Also on two cores, where it would be one worker: a worker waits for compilers, files and processes in between.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // For what hangs. No test is about time, and the machine may be slow and busy.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
  },
});
