// What the tables of models share: numbers of golden files, the sidecars of check_saved.py, and models of many branches.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const golden = fileURLToPath(new URL('../../test/golden/', import.meta.url));
export const readJson = (...path) => JSON.parse(readFileSync(join(golden, ...path), 'utf8'));
export const namesIn = (folder, ending) =>
  readdirSync(join(golden, folder))
    .filter((f) => f.endsWith(ending))
    .map((f) => f.slice(0, -ending.length));
export const listed = (x) => (Array.isArray(x) ? x : [x]);
export const unlisted = (items) => (items.length === 1 ? items[0] : items);

export function describe(tensor) {
  const values = Array.from(tensor.dataSync(), (v) => (Number.isFinite(v) ? Number(v) : String(v)));
  return { shape: [...tensor.shape], dtype: tensor.dtype, values };
}

/** A tensor of a golden file. */
export function toTensor({ tensor }, { shape, dtype, values }) {
  if (dtype === 'float32') return tensor(Float32Array.from(values, Number), shape, dtype);
  return tensor(Int32Array.from(values, Number), shape, dtype === 'int64' ? 'int32' : dtype);
}

/** Numbers between -1 and 1, the same each time. */
export function randomTensor({ tensor }, shape, seed, scale = 1) {
  const size = shape.reduce((n, d) => n * d, 1);
  return tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * 12.9898 + seed) * scale),
    shape,
  );
}

/**
 * Writes models with their sidecars to a folder.
 *
 * @returns `save(name, model, inputs, more)` and the `paths` of what it wrote. `more`: `targets` of one further training step;
 *   `random` (what the step gives cannot be compared); `called` (call the model as it is: no `predict`, no batches).
 */
export function saver(folder, olifant) {
  const paths = [];
  const save = async (name, model, inputs, { targets, random = false, called = false } = {}) => {
    const path = join(folder, `${name}.keras`);
    await model.save(path);
    const given = unlisted(inputs);
    const predictions = called ? model.apply(given) : await model.predict(given, { verbose: 0 });
    const sidecar = { inputs: inputs.map(describe), predictions: listed(predictions).map(describe), called };
    if (targets !== undefined) {
      sidecar.targets = targets.map((t) => t && describe(t));
      const further = await olifant.loadModel(path);
      const before = further.weights.map((v) => v.read().slice());
      const { loss } = await further.trainOnBatch(given, unlisted(targets));
      if (!random) {
        sidecar.loss = loss;
        // Seeds of random numbers are not kept in the same form.
        const kept = further.weights.map((v, i) => [v, before[i]]).filter(([v]) => v.dtype === 'float32');
        sidecar.changes = kept.map(([v, old]) => ({
          path: v.path,
          values: Array.from(v.read(), (x, i) => x - old[i]),
        }));
      }
    }
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(sidecar));
    paths.push(path);
  };
  return { save, paths };
}

/** The rows of a tensor again and again, until there are as many. */
function rowsOf({ tensor }, x, rows) {
  const size = x.size / x.shape[0];
  const from = x.dataSync();
  const values = new from.constructor(rows * size);
  for (let i = 0; i < values.length; i++) values[i] = from[i % from.length];
  return tensor(values, [rows, ...x.shape.slice(1)], x.dtype);
}

/** Whether what a layer gives in training depends on random numbers: some of several calls differ. */
export function isRandom(call) {
  const first = listed(call()).map((y) => Array.from(y.dataSync()).join());
  return Array.from({ length: 6 }, call).some((again) =>
    listed(again).some((y, i) => Array.from(y.dataSync()).join() !== first[i]),
  );
}

/**
 * A case in a model: `inputs` (tensors with a batch), and `apply` that makes outputs of symbolic tensors like them. Before each
 * of its float inputs stands a layer with weights, which are nearly the identity: what they learn is the gradient of the input.
 */
function branch(olifant, { name, inputs, apply }) {
  const { layers, Input } = olifant;
  const symbols = inputs.map((x, i) => Input({ shape: x.shape.slice(1), dtype: x.dtype, name: `${name}_input_${i}` }));
  const before = [];
  const given = symbols.map((s, i) => {
    if (s.dtype !== 'float32' || s.shape.length < 2 || inputs[i].size === 0) return s;
    const dense = new layers.Dense(s.shape.at(-1), { useBias: false, name: `${name}_before_${i}` });
    before.push(dense);
    return dense.apply(s);
  });
  return { symbols, before, outputs: [apply(given)].flat(Number.POSITIVE_INFINITY) };
}

/** No two of them are alike: weights that changed places would be seen. */
function nearIdentity({ tensor }, { weights }, seed) {
  const [n] = weights[0].shape;
  const values = Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0) + 0.01 * Math.sin(7 * i + seed));
  return tensor(values, [n, n]);
}

const MOST = 12;

/**
 * Models whose branches are the cases, a dozen in each: `{ name, inputs, apply, then?, random?, trains?, learns? }`. `then` is called when
 * the model exists (to set weights); `learns` says which outputs have a loss (default: all of float32); `random` cases and those that cannot train (`trains: false`) come into models of their own.
 */
export async function saveCases(olifant, save, name, cases, { apart = false } = {}) {
  // Of a batch of nothing there is nothing to compare.
  const some = cases.filter((c) => c.inputs.every((x) => x.shape[0] > 0));
  for (const [key, members] of groupBy(some, keyOf))
    for (let at = 0; at < members.length; at += apart ? 1 : MOST) {
      const group = members.slice(at, at + (apart ? 1 : MOST));
      const label = [name, key, members.length > group.length ? `${at}` : ''].filter(Boolean).join('_');
      await saveGroup(olifant, save, label, group);
    }
}

const keyOf = (c) => [c.random && 'random', c.trains === false && 'fixed', c.group].filter(Boolean).join('_');

function groupBy(items, key) {
  const groups = new Map();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}

async function saveGroup(olifant, save, name, cases) {
  const { Model, optimizers } = olifant;
  const rows = Math.max(...cases.flatMap((c) => c.inputs.map((x) => x.shape[0])));
  const inputs = cases.flatMap((c) => c.inputs.map((x) => rowsOf(olifant, x, rows)));
  const branches = cases.map((c) => branch(olifant, c));
  const outputs = branches.flatMap((b) => b.outputs);
  const model = new Model({ inputs: unlisted(branches.flatMap((b) => b.symbols)), outputs: unlisted(outputs), name });
  for (const [i, dense] of branches.flatMap((b) => b.before).entries())
    dense.setWeights([nearIdentity(olifant, dense, i)]);
  for (const c of cases) c.then?.();
  if (cases[0].trains === false) return save(name, model, inputs);
  const learns = branches.flatMap((b, i) =>
    b.outputs.map((y, k) => y.dtype === 'float32' && (cases[i].learns?.(k) ?? true)),
  );
  model.compile({ optimizer: new optimizers.SGD(0.5), loss: unlisted(learns.map((does) => (does ? 'mse' : null))) });
  const predictions = listed(await model.predict(unlisted(inputs), { verbose: 0 }));
  const targets = predictions.map((y, i) => (learns[i] ? randomTensor(olifant, y.shape, i) : null));
  return save(name, model, inputs, { targets, random: cases[0].random });
}
