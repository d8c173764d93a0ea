import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './machine.ts';

export type ModelKind = 'mlp' | 'cnn' | 'xor';
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
}

export type Workload =
  | (Common & { readonly kind: 'model'; readonly model: ModelKind; readonly batch: number })
  | (Common & { readonly kind: 'matmul'; readonly size: number })
  | (Common & { readonly kind: 'conv'; readonly conv: ConvShape; readonly direction: Direction });

interface Shapes {
  readonly models: Readonly<Record<string, { kind: ModelKind; batch: number }>>;
  readonly matmul: Readonly<Record<string, number>>;
  readonly conv: Readonly<Record<string, ConvShape>>;
}

/** `backward` is both gradients; the peers have no other, ours are timed one by one as well. */
const DIRECTIONS: readonly Direction[] = ['forward', 'input', 'filter', 'backward'];

/** Everything that is timed, with the shapes that the peers read too. */
export function allWorkloads(): Workload[] {
  const shapes = JSON.parse(readFileSync(join(ROOT, 'bench', 'peers', 'workloads.json'), 'utf8')) as Shapes;
  return [
    ...Object.entries(shapes.models).map(([name, { kind, batch }]): Workload => {
      const gflop = (batch * FLOP_PER_SAMPLE[kind]) / 1e9;
      return { name, kind: 'model', model: kind, batch, gflop, reps: repsFor(gflop) };
    }),
    ...Object.entries(shapes.matmul).map(([name, size]): Workload => {
      const gflop = (2 * size ** 3) / 1e9;
      return { name, kind: 'matmul', size, gflop, reps: repsFor(gflop) };
    }),
    ...Object.entries(shapes.conv).flatMap(([name, conv]) =>
      DIRECTIONS.map((direction): Workload => {
        const gflop = (convFlop(conv) * (direction === 'backward' ? 2 : 1)) / 1e9;
        return { name: `${name}-${direction}`, kind: 'conv', conv, direction, gflop, reps: repsFor(gflop) };
      }),
    ),
  ];
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

const dense = (inputs: number, outputs: number): number => 2 * inputs * outputs;

/** A product's forward pass costs as much as each of its gradients; the network's input needs none. */
const FLOP_PER_SAMPLE: Readonly<Record<ModelKind, number>> = {
  mlp: 2 * dense(784, 512) + 3 * (dense(512, 512) + dense(512, 10)),
  cnn:
    2 * 24 * 24 * dense(25, 64) + 3 * (8 * 8 * dense(25 * 64, 64) + dense(1024, 128) + dense(128, 64) + dense(64, 10)),
  xor: 2 * dense(2, 8) + 3 * dense(8, 1),
};
