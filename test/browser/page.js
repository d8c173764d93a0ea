import * as olifant from 'olifant';
import { Heartbeat } from './heartbeat.js';
import { fingerprint, trainAll } from './workloads.js';

async function readBytes(path) {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

/** The longest gap between two frames, once there are frames. */
function watchFrames() {
  const frames = { longest: 0, count: 0 };
  let last;
  const next = (now) => {
    if (last !== undefined) frames.longest = Math.max(frames.longest, now - last);
    last = now;
    frames.count++;
    const [square] = document.getElementsByClassName('spin');
    square.style.transform = `rotate(${frames.count % 360}deg)`;
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
  return frames;
}

function show(results) {
  const rows = [
    ['', 'loss', 'accuracy', 'ms a step', 'weights'],
    ...results.map(({ name, losses, accuracy, perStep, weights }) => [
      name,
      `${losses[0].toFixed(3)} → ${losses.at(-1).toFixed(3)}`,
      accuracy.toFixed(3),
      perStep.toFixed(3),
      weights,
    ]),
  ];
  const [table] = document.getElementsByTagName('table');
  for (const row of rows) {
    const line = table.insertRow();
    for (const text of row) line.insertCell().textContent = text;
  }
}

/** Whether a model that is saved and loaded again predicts the same. */
async function roundTrip({ model }, x) {
  const bytes = await model.save();
  const copy = await olifant.loadModel(bytes);
  const before = await model.predict(x, { verbose: 0 });
  const after = await copy.predict(x, { verbose: 0 });
  const same = before.dataSync().every((value, i) => value === after.dataSync()[i]);
  return { bytes: bytes.length, same };
}

/** The weights of two models that train one after the other, or both at the same time. */
async function trainTwo(together) {
  const { Sequential, layers } = olifant;
  const x = olifant.tensor(
    Float32Array.from({ length: 512 * 64 }, (_, i) => Math.sin(i)),
    [512, 64],
  );
  const y = olifant.tensor(Float32Array.from({ length: 512 }, (_, i) => i % 2));
  olifant.setRandomSeed(3);
  const models = [512, 768].map((units) => {
    const parts = [new layers.InputLayer({ shape: [64] }), new layers.Dense(units), new layers.Dense(units)];
    const model = new Sequential([...parts, new layers.Dense(1)]);
    model.compile({ optimizer: 'adam', loss: 'mse' });
    return model;
  });
  const train = (model) => model.fit(x, y, { epochs: 2, batchSize: 128, shuffle: false, verbose: 0 });
  if (together) await Promise.all(models.map(train));
  else for (const model of models) await train(model);
  return models.map(fingerprint).join(' ');
}

/** Called by scripts/browser-test.mjs, which gets what it returns. */
globalThis.runTest = async () => {
  const digits = { images: await readBytes('/data/images'), labels: await readBytes('/data/labels') };
  const frames = watchFrames();
  const heartbeat = new Heartbeat();
  const results = await trainAll(olifant, digits, (phase) => heartbeat.enter(phase));
  await heartbeat.enter('save');
  const x = olifant.tensor(new Float32Array(8), [4, 2]);
  const saved = await roundTrip(results[1], x);
  heartbeat.stop();
  const two = [await trainTwo(false), await trainTwo(true)];
  show(results);
  return {
    isolated: crossOriginIsolated,
    results: results.map(({ model, ...result }) => result),
    gaps: heartbeat.longest,
    frames,
    saved,
    two,
  };
};
globalThis.ready = true;
