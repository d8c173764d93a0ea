import * as olifant from 'olifant';
import { Heartbeat } from './heartbeat.js';
import { trainAll } from './workloads.js';

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

async function roundTrip({ model, weights }, predict) {
  const bytes = await model.save();
  const copy = await olifant.loadModel(bytes);
  const before = await model.predict(predict, { verbose: 0 });
  const after = await copy.predict(predict, { verbose: 0 });
  const same = before.dataSync().every((value, i) => value === after.dataSync()[i]);
  return { bytes: bytes.length, same, weights };
}

/** Called by scripts/browser-test.mjs, which gets what it returns. */
globalThis.runTest = async () => {
  const digits = { images: await readBytes('/data/images'), labels: await readBytes('/data/labels') };
  const frames = watchFrames();
  const heartbeat = new Heartbeat();
  const results = await trainAll(olifant, digits, (phase) => heartbeat.enter(phase));
  await heartbeat.enter('end');
  heartbeat.stop();
  show(results);
  const x = olifant.tensor(new Float32Array(8), [4, 2]);
  const saved = await roundTrip(results[1], x);
  return {
    isolated: crossOriginIsolated,
    results: results.map(({ model, ...result }) => result),
    gaps: heartbeat.longest,
    frames,
    saved,
  };
};
globalThis.ready = true;
