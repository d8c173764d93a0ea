import { afterAll, describe, expect, it, vi } from 'vitest';
import { WasmTarget } from '../../src/targets/wasm.ts';
import { type FuzzGraph, type FuzzKind, fuzzGraph, fuzzStep } from '../support/fuzz-graph.ts';
import {
  difference,
  dividing,
  equalBits,
  equalValues,
  joining,
  makeTarget,
  makeTargets,
  runCompiled,
  runDefined,
  show,
} from '../support/fuzz-run.ts';
import { shrink } from '../support/fuzz-shrink.ts';
import { Rng } from '../support/rng.ts';
import { ShuffledTarget } from '../support/shuffled-target.ts';

vi.stubEnv('OLIFANT_CHECK', '1');

const LONG = process.env.OLIFANT_LONG === '1';
/** Graphs of each kind. */
const GRAPHS = LONG ? 10_000 / 3 : 100;
const RUNS = 3;
const LIMIT = LONG ? 3_600_000 : 900_000;
const first = new Rng().seed;

const fast = makeTargets(false, { threads: 2 });
const strict = makeTargets(true, { threads: 2 });

afterAll(() => {
  vi.unstubAllEnvs();
  for (const target of [...fast, ...strict]) target.dispose();
});

/** What is wrong with how a graph is computed, if anything. */
type Judge = (g: FuzzGraph) => string | undefined;

const attempt =
  (judge: Judge): Judge =>
  (g) => {
    try {
      return judge(g);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };

/** Judges graphs of a kind one by one, and shows a small graph where one is wrong. */
function judgeAll(kind: FuzzKind | 'step', count: number, judge: Judge): void {
  const tried = attempt(judge);
  for (let i = 0; i < count; i++) {
    const seed = first * 1_000_003 + i;
    const r = new Rng(seed);
    const g = kind === 'step' ? fuzzStep(r) : fuzzGraph(r, kind);
    const wrong = tried(g);
    if (wrong === undefined) continue;
    const small = shrink(g, (h) => tried(h) !== undefined);
    expect.fail(`${kind} graph, seed ${seed}: ${wrong}\nmade smaller: ${tried(small)}\n${show(small)}`);
  }
}

describe(`random graphs (seed ${first})`, () => {
  it('give the exact integers on every target', { timeout: LIMIT }, () => {
    judgeAll('exact', GRAPHS, (g) => {
      const expected = runDefined(g, RUNS, 'float32');
      for (const target of fast) {
        const d = difference(g, runCompiled(target, g, RUNS), expected, equalValues);
        if (d) return `${target.name}: ${d}`;
      }
      return undefined;
    });
  });

  it('are near the values in double precision on every target, and equal in strict mode', { timeout: LIMIT }, () => {
    judgeAll('smooth', GRAPHS, (g) => {
      const expected = runDefined(g, RUNS, 'float64');
      const near = (x: number, y: number, bound: number) => Math.abs(x - y) <= 2e-4 * bound || equalValues(x, y);
      for (const target of fast) {
        const d = difference(g, runCompiled(target, g, RUNS), expected, near);
        if (d) return `${target.name}: ${d}`;
      }
      return unequal(g);
    });
  });

  it('have equal bits on all targets in strict mode, whatever the values', { timeout: LIMIT }, () => {
    judgeAll('wild', GRAPHS, unequal);
  });

  it('have equal bits on all targets in strict mode with their gradients', { timeout: LIMIT }, () => {
    judgeAll('step', GRAPHS, unequal);
  });

  it('do not depend on the number of threads', { timeout: LIMIT }, async () => {
    const [one, ...more] = (['x64-avx512', 'x64-avx2', 'wasm'] as const).flatMap((name) => {
      const targets = [1, 2, 4].map((threads) => makeTarget(name, true, { threads }));
      return targets.filter((t) => t !== undefined).map((t) => ({ target: t, divided: dividing(t) }));
    });
    for (const { target } of more) if (target instanceof WasmTarget) await target.ready();
    const judge = (g: FuzzGraph) => {
      const expected = runCompiled(one!.target, g, RUNS);
      for (const { target, divided } of more) {
        const d = difference(g, runCompiled(divided, g, RUNS), expected, equalBits);
        if (d) return `${target.name} with ${target.threads} threads: ${d}`;
      }
      return undefined;
    };
    judgeAll('wild', GRAPHS / 4, judge);
    judgeAll('step', GRAPHS / 4, judge);
    for (const { target } of [one!, ...more]) target.dispose();
  });

  it('do not depend on which calls are joined, nor on how long a row may be', { timeout: LIMIT }, () => {
    const joined = strict.map(joining);
    const facts = { lanes: 16, registers: 32, fma: false, joins: { bytes: 0, items: 1 }, rowInRegisters: 0 };
    let n = 0;
    const judge = (g: FuzzGraph) => {
      const expected = runCompiled(strict[0]!, g, RUNS);
      for (const target of [...joined, new ShuffledTarget(new Rng(n++), facts, { apart: n % 2 === 0 })]) {
        const d = difference(g, runCompiled(target, g, RUNS), expected, equalBits);
        if (d) return `${target.name}, calls joined: ${d}`;
      }
      return undefined;
    };
    judgeAll('wild', GRAPHS / 2, judge);
    judgeAll('step', GRAPHS / 2, judge);
  });

  it('do not depend on the order of calls and items, nor on what temporary memory held', { timeout: LIMIT }, () => {
    const facts = [
      { lanes: 4, registers: 16, loadsFirst: true, fma: false },
      { lanes: 8, registers: 16, fma: false },
      { lanes: 16, registers: 32, fma: false },
    ];
    let n = 0;
    const judge = (g: FuzzGraph) => {
      const expected = runCompiled(strict[0]!, g, RUNS);
      const target = new ShuffledTarget(new Rng(n++), facts[n % facts.length]!, { apart: n % 2 === 0 });
      return difference(g, runCompiled(target, g, RUNS), expected, equalBits);
    };
    judgeAll('wild', GRAPHS / 2, judge);
    judgeAll('step', GRAPHS / 2, judge);
  });
});

/** Where two targets differ in strict mode. */
function unequal(g: FuzzGraph): string | undefined {
  const expected = runCompiled(strict[0]!, g, RUNS);
  for (const target of strict.slice(1)) {
    const d = difference(g, runCompiled(target, g, RUNS), expected, equalBits);
    if (d) return `${target.name} and ${strict[0]!.name} in strict mode: ${d}`;
  }
  return undefined;
}
