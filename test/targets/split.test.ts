import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ThreadStep } from '../../src/codegen/x64/records.ts';
import type { Program, Step } from '../../src/schedule/program.ts';
import { splitProgram } from '../../src/targets/split.ts';

const DOMAINS = [1, 2, 3, 7, 64, 1000];

function program(steps: readonly Step[]): Program {
  const kernels = DOMAINS.map((domain) => ({ name: '', lanes: 16, buffers: [], domain, item: 0, body: [] }));
  return { kernels, slots: [], arenaBytes: 0, steps };
}

/** `A` to `F` for the calls, `|` for a barrier, `n(...)` for a loop. */
function show(steps: readonly ThreadStep[]): string {
  const one = (step: ThreadStep): string => {
    if (step.kind === 'barrier') return '|';
    if (step.kind === 'loop') return `${step.count}(${show(step.body)})`;
    const letter = String.fromCharCode(65 + step.call.kernel);
    const whole = step.begin === 0 && step.end === DOMAINS[step.call.kernel];
    return whole ? letter : `${letter}${step.begin}-${step.end}`;
  };
  return steps.map(one).join(' ');
}

const call = (kernel: number, cost: number) => ({ kernel, args: [], cost });
const phase = (...calls: ReturnType<typeof call>[]): Step => ({ kind: 'phase', calls });
const split = (threads: number, ...steps: Step[]): string[] => splitProgram(program(steps), threads).map(show);

describe('splitProgram', () => {
  it('divides an expensive call evenly', () => {
    expect(split(2, phase(call(4, 1e6)))).toEqual(['E0-32 |', 'E32-64 |']);
    expect(split(3, phase(call(3, 1e6)))).toEqual(['D0-2 |', 'D2-4 |', 'D4-7 |']);
  });
  it('lets threads help each other with what is expensive, never with a part of a call', () => {
    const shared = (threads: number, kernel: number, cost: number) =>
      splitProgram(program([phase(call(kernel, cost), call(5, 1e6))]), threads).map((list) =>
        list.flatMap((step) => (step.kind === 'call' && step.shared ? [step.shared] : [])),
      );
    const ranges = [
      { begin: 0, end: 32 },
      { begin: 32, end: 64 },
    ];
    const both = [{ id: 0, ranges }, expect.objectContaining({ id: 1 })];
    expect(shared(2, 4, 1e6)).toEqual([both, both]);
    expect(shared(2, 4, 10_000).map((list) => list.length)).toEqual([1, 1]);
    expect(shared(2, 2, 1e6).map((list) => list.length)).toEqual([1, 1]);
  });
  it('gives no thread less than it is worth', () => {
    expect(split(4, phase(call(4, 1600)))).toEqual(['E0-32 |', 'E32-64 |', '|', '|']);
    expect(split(4, phase(call(1, 1e6)))).toEqual(['B0-1 |', 'B1-2 |', '|', '|']);
  });
  it('leaves a cheap call whole, and what is cheap altogether on the first thread', () => {
    expect(split(2, phase(call(4, 1000)))).toEqual(['E', '']);
    expect(split(2, phase(call(4, 400), call(5, 400)))).toEqual(['E F', '']);
  });
  it('fills gaps with cheap calls', () => {
    expect(split(2, phase(call(4, 900), call(5, 1400), call(3, 600)))).toEqual(['F |', 'E D |']);
    expect(split(2, phase(call(0, 1e6), call(4, 800), call(3, 1200)))).toEqual(['A |', 'D E |']);
  });
  it('puts no barrier between phases of one thread', () => {
    expect(split(2, phase(call(4, 10)), phase(call(5, 10)), phase(call(0, 1e6)))).toEqual(['E F A', '']);
    const around = split(2, phase(call(4, 10)), phase(call(5, 10)), phase(call(1, 1e6)), phase(call(3, 10)));
    expect(around).toEqual(['E F | B0-1 | D', '| B1-2 |']);
  });
  it('keeps a loop of one thread without barriers', () => {
    const loop: Step = { kind: 'loop', count: 9, body: [phase(call(4, 10)), phase(call(5, 10))] };
    expect(split(2, phase(call(3, 10)), loop, phase(call(3, 10)))).toEqual(['D 9(E F) D', '']);
  });
  it('separates the iterations of a loop', () => {
    const loop: Step = { kind: 'loop', count: 9, body: [phase(call(1, 1e6)), phase(call(4, 10))] };
    expect(split(2, phase(call(3, 10)), loop, phase(call(3, 10)))).toEqual(['D | 9(B0-1 | E |) D', '| 9(B1-2 | |)']);
  });

  const calls = fc.array(
    fc.record({
      kernel: fc.nat(DOMAINS.length - 1),
      cost: fc.constantFrom(0, 10, 700, 800, 1600, 5000, 1e6),
      args: fc.constant([]),
    }),
    { maxLength: 5 },
  );
  const phases = fc.array(
    calls.map((list): Step => ({ kind: 'phase', calls: list })),
    { maxLength: 6 },
  );
  const steps = fc.array(
    fc.oneof(
      phases.map((body): Step => ({ kind: 'loop', count: 3, body })),
      calls.map((list): Step => ({ kind: 'phase', calls: list })),
    ),
    { maxLength: 6 },
  );

  it('runs every item of every call once, phases in order, for any number of threads', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 9 }), (list, threads) => {
        const lists = splitProgram(program(list), threads);
        const expected = flatten(list);
        const seen = replay(lists);
        expect(seen.map((s) => s.sort().join())).toEqual(groupByBarrier(expected, seen).map((s) => s.sort().join()));
      }),
      { numRuns: 300 },
    );
  });
});

/** Items of the calls of each phase, in order, loops unrolled. */
function flatten(steps: readonly Step[]): string[][] {
  return steps.flatMap((step) => {
    if (step.kind === 'loop') return Array(step.count).fill(flatten(step.body)).flat();
    return [step.calls.flatMap((c) => Array.from({ length: DOMAINS[c.kernel]! }, (_, i) => `${c.kernel}.${i}`))];
  });
}

/** Items that run between barriers, all threads together. */
function replay(lists: readonly (readonly ThreadStep[])[]): string[][] {
  const perThread = lists.map((list) => {
    const sections: string[][] = [[]];
    const walk = (steps: readonly ThreadStep[]): void => {
      for (const step of steps) {
        if (step.kind === 'barrier') sections.push([]);
        else if (step.kind === 'loop') for (let i = 0; i < step.count; i++) walk(step.body);
        else for (let i = step.begin; i < step.end; i++) sections.at(-1)!.push(`${step.call.kernel}.${i}`);
      }
    };
    walk(list);
    return sections;
  });
  expect(new Set(perThread.slice(1).map((s) => s.length)).size, 'barriers of the workers').toBeLessThanOrEqual(1);
  if (perThread.length > 1) expect(perThread[1]!.length, 'barriers').toBe(perThread[0]!.length);
  return perThread[0]!.map((_, i) => perThread.flatMap((sections) => sections[i]!));
}

/** Consecutive phases put together so that they have as many items as the sections have. */
function groupByBarrier(phases: readonly string[][], sections: readonly string[][]): string[][] {
  let next = 0;
  return sections.map((section) => {
    const group: string[] = [];
    while (next < phases.length && (group.length < section.length || phases[next]!.length === 0)) {
      group.push(...phases[next++]!);
    }
    return group;
  });
}
