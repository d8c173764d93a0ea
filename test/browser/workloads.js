// What is trained in Node and in the browser, to compare the weights bit by bit. The package is handed in, since the two
// find it in different ways.

/** The bits of all weights as one number (FNV-1a). */
export function fingerprint(model) {
  let hash = 0x811c9dc5;
  for (const weight of model.getWeights()) {
    const data = weight.dataSync();
    for (const byte of new Uint8Array(data.buffer, data.byteOffset, data.byteLength)) {
      hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    }
  }
  return hash.toString(16);
}

function xor({ Sequential, layers, optimizers, tensor }) {
  const model = new Sequential([
    new layers.Dense(8, { activation: 'tanh' }),
    new layers.Dense(1, { activation: 'sigmoid' }),
  ]);
  model.compile({ optimizer: new optimizers.Adam(0.1), loss: 'binary_crossentropy', metrics: ['accuracy'] });
  const x = tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  return { model, x, y: tensor([[0], [1], [1], [0]]), fit: { epochs: 300, batchSize: 4 }, steps: 300, least: 1 };
}

/** Two spirals around one another, 500 points each. */
function spiral({ Sequential, layers, tensor }) {
  const points = 1000;
  const x = new Float32Array(2 * points);
  const y = new Float32Array(points);
  for (let i = 0; i < points; i++) {
    const side = i % 2;
    const t = 0.3 + (1.4 * Math.PI * Math.floor(i / 2)) / (points / 2);
    x[2 * i] = Math.fround(0.2 * t * Math.cos(t + side * Math.PI));
    x[2 * i + 1] = Math.fround(0.2 * t * Math.sin(t + side * Math.PI));
    y[i] = side;
  }
  const model = new Sequential([
    new layers.Dense(64, { activation: 'relu' }),
    new layers.Dense(64, { activation: 'relu' }),
    new layers.Dense(2, { activation: 'softmax' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
  const fit = { epochs: 20, batchSize: 32 };
  return { model, x: tensor(x, [points, 2]), y: tensor(y), fit, steps: 20 * 32, least: 0.9 };
}

function readDigits(digits, tensor) {
  const pixels = new Float32Array(digits.images.length);
  for (let i = 0; i < pixels.length; i++) pixels[i] = digits.images[i] / 255;
  return { x: tensor(pixels, [digits.labels.length, 28, 28, 1]), y: tensor(Int32Array.from(digits.labels)) };
}

function dense({ Sequential, layers }, { x, y }) {
  const model = new Sequential([
    // With weights from the beginning: to draw them takes the page as long as a frame or two.
    new layers.InputLayer({ shape: [28, 28, 1] }),
    new layers.Flatten(),
    new layers.Dense(512, { activation: 'relu' }),
    new layers.Dropout(0.2),
    new layers.Dense(512, { activation: 'relu' }),
    new layers.Dropout(0.2),
    new layers.Dense(10, { activation: 'softmax' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
  const fit = { epochs: 3, batchSize: 128, validationSplit: 0.1 };
  return { model, x, y, fit, steps: 3 * 15, least: 0.85 };
}

function convolution({ Sequential, layers }, { x, y }) {
  const model = new Sequential([
    new layers.Conv2D(32, 3, { activation: 'relu' }),
    new layers.MaxPooling2D(2),
    new layers.Conv2D(64, 3, { activation: 'relu' }),
    new layers.MaxPooling2D(2),
    new layers.Flatten(),
    new layers.Dropout(0.5),
    new layers.Dense(10, { activation: 'softmax' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
  return { model, x, y, fit: { epochs: 3, batchSize: 128 }, steps: 3 * 16, least: 0.7 };
}

const WORKLOADS = { xor, spiral, dense, convolution };

/**
 * Trains each, then evaluates and predicts; `enter` is told what begins, and awaited.
 *
 * @param digits `{ images, labels }` of MNIST, as bytes.
 */
export async function trainAll(olifant, digits, enter = async (_phase) => {}) {
  const results = [];
  await enter('data: read');
  const pictures = readDigits(digits, olifant.tensor);
  for (const [name, make] of Object.entries(WORKLOADS)) {
    await enter(`${name}: build`);
    olifant.setRandomSeed(7);
    const { model, x, y, fit, steps, least } = make(olifant, pictures);
    const ends = [];
    await enter(`${name}: fit`);
    const begun = performance.now();
    const { history } = await model.fit(x, y, {
      ...fit,
      verbose: 0,
      callbacks: [{ onEpochEnd: () => void ends.push(performance.now()) }],
    });
    await enter(`${name}: evaluate`);
    const { accuracy } = await model.evaluate(x, y, { verbose: 0 });
    await enter(`${name}: predict`);
    const predicted = await model.predict(x, { verbose: 0 });
    await enter(`${name}: read`);
    // The first epoch has what is compiled in it.
    const perStep = ((ends.at(-1) - ends[0]) / steps) * (fit.epochs / (fit.epochs - 1));
    const weights = fingerprint(model);
    const first = predicted.dataSync().slice(0, 4);
    const firstEpoch = ends[0] - begun;
    results.push({
      name,
      losses: history.loss,
      accuracy,
      least,
      perStep,
      firstEpoch,
      weights,
      first: [...first],
      model,
    });
  }
  return results;
}
