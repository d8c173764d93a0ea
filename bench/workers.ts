import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkerSpec } from './channel.ts';
import { ROOT, vectorTargets } from './machine.ts';
import type { ModelKind } from './model-flop.ts';

const PEERS = join(ROOT, 'bench', 'peers');
const PYTHON =
  process.platform === 'win32'
    ? join(ROOT, '.venv-peers', 'Scripts', 'python.exe')
    : join(ROOT, '.venv-peers', 'bin', 'python');

/** Ours: each target with each number of threads; the interpreter has one. */
export function ourWorkers(targets: readonly string[] | undefined, threads: readonly number[]): WorkerSpec[] {
  const all = [...vectorTargets(), 'wasm', 'reference'];
  const wanted = all.filter((t) => targets === undefined || targets.includes(t));
  return wanted.flatMap((target) =>
    (target === 'reference' ? [1] : threads).map((n) => ({
      id: `${target}/${n}`,
      label: target,
      ours: true,
      threads: n,
      command: process.execPath,
      args: [join(ROOT, 'build', 'bench', 'ours', 'worker.js')],
      env: { OLIFANT_TARGET: target, OLIFANT_THREADS: `${n}` },
    })),
  );
}

const python = (script: string, backend: string) => ({
  command: PYTHON,
  args: [join(PEERS, script)],
  env: { KERAS_BACKEND: backend },
});
const javascript = (script: string) => ({ command: process.execPath, args: [join(PEERS, script)], env: {} });

interface Peer extends Pick<WorkerSpec, 'id' | 'label' | 'asked' | 'command' | 'args' | 'env'> {
  /** One thread, whatever the others have. */
  readonly one?: boolean;
}

const RECURRENT: ReadonlySet<ModelKind> = new Set(['lstm', 'gru', 'bilstm']);

const PEER_TABLE: readonly Peer[] = [
  { id: 'keras-tensorflow', label: 'Keras, TensorFlow', ...python('keras_steps.py', 'tensorflow') },
  { id: 'keras-jax', label: 'Keras, JAX', ...python('keras_steps.py', 'jax') },
  { id: 'pytorch', label: 'PyTorch', ...python('torch_steps.py', 'torch') },
  // Its products and convolutions are PyTorch's own; its recurrent layers are loops in Python, with seconds a step.
  {
    id: 'keras-torch',
    label: 'Keras, PyTorch',
    asked: (w) => w.kind === 'model' && !RECURRENT.has(w.model),
    ...python('keras_steps.py', 'torch'),
  },
  { id: 'tfjs', label: 'TF.js wasm', ...javascript('tfjs_steps.mjs') },
  { id: 'jaxjs', label: 'jax-js wasm', ...javascript('jaxjs_steps.mjs') },
  // What its threads say to each other is not cheap.
  { id: 'jaxjs/1', label: 'jax-js wasm', one: true, ...javascript('jaxjs_steps.mjs') },
];

/** The same step on the frameworks of others. Their scripts say in which ways. */
export function peerWorkers(threads: number): WorkerSpec[] {
  return PEER_TABLE.map(({ one, ...peer }) => {
    const n = one ? 1 : threads;
    return { ...peer, ours: false, threads: n, env: { ...peer.env, PEER_THREADS: `${n}` } };
  });
}

/**
 * Installs what the peers need, once: a virtual environment for Python's, node_modules of their own for the others.
 *
 * @returns what could not be installed, and why; the rest is measured all the same
 */
export function installPeers(): string[] {
  const problems: string[] = [];
  const setup = spawnSync(process.execPath, [join(PEERS, 'setup.mjs')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
  });
  if (setup.status !== 0) problems.push(`TensorFlow, JAX and PyTorch: ${setup.stderr.trim().slice(-400)}`);
  if (existsSync(join(PEERS, 'node_modules', '.package-lock.json'))) return problems;
  const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: PEERS,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (npm.status !== 0) problems.push(`TF.js and jax-js: ${(npm.stderr ?? String(npm.error)).trim().slice(-400)}`);
  return problems;
}

/** The same job as `npm start`, on Keras (bench/peers/mnist_process.py). */
export function kerasProcess(backend: 'tensorflow' | 'jax', epochs: number, threads: number) {
  const { command, args, env } = python('mnist_process.py', backend);
  return { command, args: [...args, `${epochs}`], env: { ...env, PEER_THREADS: `${threads}` } };
}
