// Training steps of jax-js on WebAssembly: a worker (README.md). There is no optax for it among the published packages,
// so Adam is written out, under the same `jit` as the gradient.
import './web_worker.mjs';
import { createRequire } from 'node:module';
import { dataOf, serve } from './serve.mjs';

const { blockUntilReady, defaultDevice, jit, nn, numpy: np, random, valueAndGrad } = await import('@jax-js/jax');
const { version } = createRequire(import.meta.url)('./node_modules/@jax-js/jax/package.json');

const WIDTHS = [784, 512, 512, 10];
const RATE = 1e-3;
const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-7];

function logits(weights, x, keys) {
  let h = x;
  for (let i = 0; i < 3; i++) {
    h = np.matmul(h, weights[2 * i]).add(weights[2 * i + 1]);
    if (i === 2) break;
    h = nn.relu(h);
    const kept = random.bernoulli(keys[i], 0.8, h.shape);
    h = np.where(kept, h.mul(1 / 0.8), 0);
  }
  return h;
}

function loss(weights, x, y, keys) {
  const likely = nn.logSoftmax(logits(weights, x, keys), -1);
  return likely
    .mul(y)
    .sum()
    .mul(-1 / 128);
}

const step = jit((weights, m, v, size, x, y, keys) => {
  const [value, gradients] = valueAndGrad(loss)(
    weights.map((w) => w.ref),
    x,
    y,
    keys,
  );
  const next = { value, weights: [], m: [], v: [] };
  gradients.forEach((g, i) => {
    const mean = m[i].mul(BETA1).add(g.ref.mul(1 - BETA1));
    const square = v[i].mul(BETA2).add(np.square(g).mul(1 - BETA2));
    const change = mean.ref.mul(size.ref).div(np.sqrt(square.ref).add(EPSILON));
    next.weights.push(weights[i].sub(change));
    next.m.push(mean);
    next.v.push(square);
  });
  size.dispose();
  return next;
});

function initial() {
  return WIDTHS.slice(1).flatMap((outputs, i) => {
    const inputs = WIDTHS[i];
    const limit = Math.sqrt(6 / (inputs + outputs));
    const kernel = random.uniform(random.key(i + 1), [inputs, outputs], { minval: -limit, maxval: limit });
    return [kernel, np.zeros([outputs])];
  });
}

function train(name) {
  const { batch, inputs, labels } = dataOf(name);
  const x = np.array(inputs).reshape([batch, 784]);
  const y = nn.oneHot(np.array(labels, { dtype: np.int32 }), 10);
  const zeros = () => initial().map((w) => np.zerosLike(w));
  let state = { weights: initial(), m: zeros(), v: zeros() };
  let steps = 0;
  return async () => {
    steps++;
    const size = np.array((RATE * Math.sqrt(1 - BETA2 ** steps)) / (1 - BETA1 ** steps));
    const keys = [random.key(2 * steps), random.key(2 * steps + 1)];
    const { value, ...next } = step(state.weights, state.m, state.v, size, x.ref, y.ref, keys);
    state = next;
    await blockUntilReady([...state.weights, ...state.m, ...state.v]);
    return (await value.data())[0];
  };
}

defaultDevice('wasm');
await serve(
  'jax-js',
  { 'jax-js': version, threads: navigator.hardwareConcurrency },
  {
    mlp128: (name) => ({ jit: train(name) }),
  },
);
