// Training steps of TensorFlow.js on WebAssembly: a worker (README.md).
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { dataOf, serve } from './serve.mjs';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs');
const wasm = require('@tensorflow/tfjs-backend-wasm');

const threads = Number(process.env.PEER_THREADS ?? 2);
wasm.setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`);
wasm.setThreadsCount(threads);
await tf.setBackend('wasm');
await tf.ready();

function train(name) {
  const { batch, inputs, labels } = dataOf(name);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 512, activation: 'relu', inputShape: [784] }),
      tf.layers.dropout({ rate: 0.2 }),
      tf.layers.dense({ units: 512, activation: 'relu' }),
      tf.layers.dropout({ rate: 0.2 }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy' });
  const x = tf.tensor2d(inputs, [batch, 784]);
  const y = tf.tensor2d(Float32Array.from(labels), [batch, 1]);
  return () => model.trainOnBatch(x, y);
}

const { version } = require(join(dirname(require.resolve('@tensorflow/tfjs')), '..', 'package.json'));
const versions = { tfjs: version, threads: tf.env().get('WASM_HAS_MULTITHREAD_SUPPORT') ? wasm.getThreadsCount() : 1 };
await serve('tfjs', versions, { mlp128: (name) => ({ trainOnBatch: train(name) }) });
