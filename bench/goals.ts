import { PLAIN_STEP, type Results, type StepResult } from './results.ts';
import { finePercent, number, percent, ratio, type Table } from './tables.ts';

/** A promise about speed, and what was found; null where this run cannot tell. */
interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly found: string | null;
  readonly reached: boolean | null;
}

const METRICS = 'mlp128-metrics';
const PYTHON_PEERS = ['keras-tensorflow', 'keras-jax', 'pytorch', 'keras-torch'];

export function stepOf(results: Results, workload: string, worker: string): StepResult | undefined {
  return results.steps.find((s) => s.workload === workload && s.worker === worker);
}

/** The fastest of some workers at something. */
export function fastestOf(results: Results, workload: string, workers: readonly string[]): StepResult | undefined {
  const able = workers.flatMap((w) => stepOf(results, workload, w) ?? []);
  return able.length === 0 ? undefined : able.reduce((a, b) => (a.ms <= b.ms ? a : b));
}

/** How many times faster `worker` is than the fastest of the peers. */
export function advantage(results: Results, workload: string, worker: string, peers = PYTHON_PEERS): number | null {
  const own = stepOf(results, workload, worker);
  const peer = fastestOf(results, workload, peers);
  return own && peer ? peer.ms / own.ms : null;
}

/** What the accuracy adds to a step, as a part of the step without it. */
export function metricsCost(step: StepResult | undefined): number | null {
  const plain = step?.modes[PLAIN_STEP];
  return plain === undefined ? null : step!.modes.step! / plain - 1;
}

/** How many times faster than the fastest peer each of the training steps should be. */
const TIMES_FASTER: Readonly<Record<string, number>> = {
  mlp32: 2,
  mlp128: 2,
  cnn128: 2,
  lstm64: 2.5,
  gru64: 2.5,
  bilstm64: 2.5,
  transformer32: 2,
  residual32: 2,
  separable32: 2,
};

/** What the project wants to reach, next to what it reaches. */
export function goalsTable(results: Results): Table {
  const native = `x64-avx512/${results.threads}`;
  const wasm = `wasm/${results.threads}`;
  const goals: Goal[] = [
    ...Object.entries(TIMES_FASTER).map(([w, times]) =>
      atLeast(`${w}: faster than the fastest of TensorFlow, JAX, PyTorch`, advantage(results, w, native), times, ratio),
    ),
    atMost(
      'mlp128: what the accuracy adds to a step',
      metricsCost(stepOf(results, METRICS, native)),
      0.02,
      finePercent,
    ),
    atLeast('mlp128 in wasm: faster than jax-js', advantage(results, 'mlp128', wasm, ['jaxjs', 'jaxjs/1']), 2.5, ratio),
    atLeast('mlp128 in wasm: faster than TF.js', advantage(results, 'mlp128', wasm, ['tfjs']), 20, ratio),
    atLeast(
      'dot products from 512: share of the peak',
      lowestShare(results, native, /^matmul(512|1024|2048)$/),
      0.8,
      percent,
    ),
    ...['3x3', '5x5'].map((w) =>
      atLeast(
        `${w} convolutions, each direction: share of the peak`,
        lowestShare(results, native, new RegExp(`^conv${w}-.*-(forward|input|filter)$`)),
        0.8,
        percent,
      ),
    ),
    atMost('XOR, 500 epochs, ms', stepOf(results, 'xor', native)?.modes['fit, 500 epochs'] ?? null, 50, number),
    atMost('the CNN: compiled in a fresh process, ms', compileMs(results, 'cnn'), 300, number),
    atMost('a ResNet-50: compiled in a fresh process, ms', compileMs(results, 'resnet50'), 2000, number),
    atMost("npm start: part of the fastest peer's time", wholeRatio(results), 1 / 3, percent),
    atMost('npm start: megabytes', results.whole.find((w) => w.ours)?.megabytes ?? null, 400, number),
  ];
  return {
    title: 'Goals',
    head: ['', 'goal', 'found', ''],
    rows: goals.map(({ what, goal, found, reached }) => [
      what,
      goal,
      found ?? '-',
      reached === null ? 'not measured' : reached ? 'reached' : 'missed',
    ]),
  };
}

function atLeast(what: string, value: number | null, goal: number, show: (v: number) => string): Goal {
  return {
    what,
    goal: `>= ${show(goal)}`,
    found: value === null ? null : show(value),
    reached: value === null ? null : value >= goal,
  };
}

function atMost(what: string, value: number | null, goal: number, show: (v: number) => string): Goal {
  return {
    what,
    goal: `<= ${show(goal)}`,
    found: value === null ? null : show(value),
    reached: value === null ? null : value <= goal,
  };
}

function lowestShare(results: Results, worker: string, workloads: RegExp): number | null {
  const shares = results.steps.flatMap((s) =>
    s.worker === worker && workloads.test(s.workload) && s.share !== null ? [s.share] : [],
  );
  return shares.length === 0 ? null : Math.min(...shares);
}

function compileMs(results: Results, model: string): number | null {
  return results.fresh.find((f) => f.model === model && f.target.startsWith('x64'))?.compileMs ?? null;
}

function wholeRatio({ whole }: Results): number | null {
  const own = whole.find((w) => w.ours);
  const peers = whole.filter((w) => !w.ours && w.epochs === own?.epochs).map((w) => w.seconds);
  return own && peers.length > 0 ? own.seconds / Math.min(...peers) : null;
}
