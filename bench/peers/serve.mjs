// What the workers in JavaScript share: the protocol and the clock of worker.py.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const WARM_UP = 3;

const { models } = JSON.parse(readFileSync(new URL('workloads.json', import.meta.url), 'utf8'));

/** The shape of a model's step, and `inputs` in [0, 1), `labels` from 0 to 9, the same in each run. */
export function dataOf(name) {
  const { batch } = models[name];
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const inputs = Float32Array.from({ length: batch * 784 }, next);
  const labels = Int32Array.from({ length: batch }, () => Math.floor(next() * 10));
  return { batch, inputs, labels };
}

/**
 * Answers requests until the input ends.
 *
 * @param steps for each workload a function that gives `{mode: async step that gives the loss}`
 */
export async function serve(backend, versions, steps) {
  const prepared = new Map();
  const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
  say({ ready: backend, versions, workloads: Object.keys(steps) });
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    try {
      const { workload, reps = 20 } = JSON.parse(line);
      if (!(workload in steps)) throw new Error(`unknown workload; there are ${Object.keys(steps).join(', ')}`);
      if (!prepared.has(workload)) prepared.set(workload, await warm(await steps[workload](workload)));
      say({ workload, backend, reps, ...(await measure(prepared.get(workload), reps)) });
    } catch (error) {
      say({ request: line.trim(), backend, error: String(error).slice(0, 500) });
    }
  }
  process.exit(0); // frameworks may keep threads
}

async function warm(modes) {
  for (const step of Object.values(modes)) for (let i = 0; i < WARM_UP; i++) await step();
  return modes;
}

async function measure(modes, reps) {
  const times = Object.fromEntries(Object.keys(modes).map((mode) => [mode, []]));
  const losses = {};
  for (let i = 0; i < reps; i++) {
    for (const [mode, step] of Object.entries(modes)) {
      const start = performance.now();
      losses[mode] = await step();
      times[mode].push(performance.now() - start);
    }
  }
  const shortest = Object.fromEntries(Object.entries(times).map(([mode, t]) => [mode, Math.min(...t)]));
  const mode = Object.keys(shortest).reduce((a, b) => (shortest[a] <= shortest[b] ? a : b));
  const sorted = times[mode].sort((a, b) => a - b);
  return { ms: shortest[mode], median_ms: sorted[sorted.length >> 1], mode, modes: shortest, loss: losses[mode] };
}
