import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './machine.ts';
import { FLOP_PER_SAMPLE, type ModelKind } from './model-flop.ts';

export type Direction = 'forward' | 'input' | 'filter' | 'backward';

export interface ConvShape {
  readonly batch: number;
  readonly size: number;
  readonly channels: number;
  readonly window: number;
  readonly padding: 'same' | 'valid';
}

interface Common {
  readonly name: string;
  /** Floating-point operations of its products, in thousand millions; a multiply-add counts as two. */
  readonly gflop: number;
  /** Times it is run in a round. */
  readonly reps: number;
  /** Under the policy 'mixed_bfloat16', or of bfloat16 operands; ours alone. */
  readonly half?: true;
}

export type Workload =
  /** A training step. With metrics: that with the accuracy, next to that without. */
  | (Common & { readonly kind: 'model' | 'metrics'; readonly model: ModelKind; readonly batch: number })
  | (Common & { readonly kind: 'matmul'; readonly size: number })
  | (Common & { readonly kind: 'conv'; readonly conv: ConvShape; readonly direction: Direction });

/** What a network is fed with: numbers in [0, 1), or that many tokens; with two classes the label is a float32. */
export interface InputShape {
  readonly input: readonly number[];
  readonly tokens?: number;
  readonly classes: number;
}

type Networks = Readonly<Record<string, { kind: ModelKind; batch: number }>>;

interface Shapes {
  readonly kinds: Readonly<Record<ModelKind, InputShape>>;
  readonly models: Networks;
  readonly metrics: Networks;
  readonly matmul: Readonly<Record<string, number>>;
  readonly bfloat16: { readonly models: Networks; readonly matmul: Readonly<Record<string, number>> };
  readonly conv: Readonly<Record<string, ConvShape>>;
}

/** `backward` is both gradients; the peers have no other, ours are timed one by one as well. */
const DIRECTIONS: readonly Direction[] = ['forward', 'input', 'filter', 'backward'];

function readShapes(): Shapes {
  return JSON.parse(readFileSync(join(ROOT, 'bench', 'peers', 'workloads.json'), 'utf8')) as Shapes;
}

export function inputOf(kind: ModelKind): InputShape {
  return readShapes().kinds[kind];
}

/** Everything that is timed, with the shapes that the peers read too. */
export function allWorkloads(): Workload[] {
  const shapes = readShapes();
  return [
    ...networks('model', shapes.models),
    ...networks('metrics', shapes.metrics),
    ...matmuls(shapes.matmul),
    ...[...networks('model', shapes.bfloat16.models), ...matmuls(shapes.bfloat16.matmul)].map(
      (w): Workload => ({ ...w, half: true }),
    ),
    ...Object.entries(shapes.conv).flatMap(([name, conv]) =>
      DIRECTIONS.map((direction): Workload => {
        const gflop = (convFlop(conv) * (direction === 'backward' ? 2 : 1)) / 1e9;
        return { name: `${name}-${direction}`, kind: 'conv', conv, direction, gflop, reps: repsFor(gflop) };
      }),
    ),
  ];
}

function matmuls(sizes: Readonly<Record<string, number>>): Workload[] {
  return Object.entries(sizes).map(([name, size]) => {
    const gflop = (2 * size ** 3) / 1e9;
    return { name, kind: 'matmul', size, gflop, reps: repsFor(gflop) };
  });
}

function networks(what: 'model' | 'metrics', given: Networks): Workload[] {
  return Object.entries(given).map(([name, { kind, batch }]) => {
    const gflop = (batch * FLOP_PER_SAMPLE[kind]) / 1e9;
    // A difference needs more of them.
    const reps = repsFor(gflop) * (what === 'metrics' ? 2 : 1);
    return { name, kind: what, model: kind, batch, gflop, reps };
  });
}

/** Rows and columns of the padding count as the others, as the libraries' own figures have it. */
function convFlop({ batch, size, channels, window, padding }: ConvShape): number {
  const out = padding === 'same' ? size : size - window + 1;
  return 2 * batch * out * out * (window * channels) ** 2;
}

/** About 6 GFLOP in a round: 15 to 200 ms on what is timed here, but for the slowest. */
function repsFor(gflop: number): number {
  return Math.max(2, Math.min(30, Math.round(6 / gflop)));
}
