import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { PbfReader } from 'pbf';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TensorBoard } from '../../src/callbacks/index.ts';
import { crc32c, maskedCrc32c } from '../../src/callbacks/tensorboard/crc32c.ts';
import { frame } from '../../src/callbacks/tensorboard/event-writer.ts';
import { histogram, images, weightAsPictures } from '../../src/callbacks/tensorboard/summaries.ts';
import { Input, layers, Model, Sequential, setRandomSeed, tensor } from '../../src/index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'olifant-events-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const root = join(import.meta.dirname, '../..');
const x = tensor(
  Float32Array.from({ length: 20 * 4 }, (_, i) => Math.sin(i)),
  [20, 4],
);
const y = tensor(
  Int32Array.from({ length: 20 }, (_, i) => i % 3),
  [20],
);

function classifier(): Sequential {
  setRandomSeed(4);
  const model = new Sequential([
    Input({ shape: [4] }),
    new layers.Dense(6, { activation: 'relu', name: 'hidden' }),
    new layers.Dense(3, { activation: 'softmax', name: 'out' }),
  ]);
  model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
  return model;
}

interface Event {
  step: number;
  version?: string;
  tag?: string;
  plugin?: string;
  dtype?: number;
  floats: number[];
  strings: Uint8Array[];
  content?: Uint8Array;
}

/** Reads what a writer of ours wrote, by the numbers of the fields in TensorFlow's messages. */
function parse(data: Uint8Array): Event {
  const event: Event = { step: 0, floats: [], strings: [] };
  const nested = (pbf: PbfReader, read: (tag: number, pbf: PbfReader) => void) =>
    pbf.readMessage((tag: number, _: null, inner: PbfReader) => read(tag, inner), null);
  new PbfReader(data).readFields((tag: number, _: null, pbf: PbfReader) => {
    if (tag === 1) expect(pbf.readDouble()).toBeGreaterThan(1.6e9);
    if (tag === 2) event.step = pbf.readVarint(true);
    if (tag === 3) event.version = pbf.readString();
    if (tag === 5)
      nested(pbf, (_, summary) =>
        nested(summary, (field, value) => {
          if (field === 1) event.tag = value.readString();
          if (field === 9)
            nested(value, (f, meta) => {
              if (f === 1)
                nested(meta, (g, plugin) => {
                  if (g === 1) event.plugin = plugin.readString();
                });
            });
          if (field === 8)
            nested(value, (f, t) => {
              if (f === 1) event.dtype = t.readVarint();
              if (f === 4) event.content = t.readBytes();
              if (f === 5) t.readPackedFloat(event.floats);
              if (f === 8) event.strings.push(t.readBytes());
            });
        }),
      );
  }, null);
  return event;
}

/** All events of a run; the framing and its checksums are compared. */
function events(run: string): Event[] {
  const found: Event[] = [];
  for (const file of readdirSync(join(folder, run))
    .filter((f) => f.includes('tfevents'))
    .sort()) {
    const bytes = readFileSync(join(folder, run, file));
    for (let at = 0; at < bytes.length; ) {
      const size = Number(bytes.readBigUInt64LE(at));
      expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc32c(bytes.subarray(at, at + 8)));
      const data = bytes.subarray(at + 12, at + 12 + size);
      expect(bytes.readUInt32LE(at + 12 + size)).toBe(maskedCrc32c(data));
      found.push(parse(data));
      at += size + 16;
    }
  }
  return found;
}

const tagsOf = (run: string) => [...new Set(events(run).flatMap((e) => e.tag ?? []))].sort();
const scalarsOf = (run: string, tag: string) =>
  events(run).flatMap((e) => (e.tag === tag ? [[e.step, e.floats[0]!]] : []));

describe('the framing', () => {
  it('has the checksums of RFC 3720', () => {
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
    expect(crc32c(new TextEncoder().encode('123456789'))).toBe(0xe3069283);
  });

  it.each([0, 1, 15, 16, 17])('holds %s bytes', (size) => {
    const record = frame(new Uint8Array(size).fill(7));
    expect(record.length).toBe(size + 16);
    expect(new DataView(record.buffer).getBigUint64(0, true)).toBe(BigInt(size));
  });
});

describe('TensorBoard', () => {
  it('writes the metrics of epochs and validations under the tags of Keras', async () => {
    const model = classifier();
    const callbacks = new TensorBoard(folder);
    const { history } = await model.fit(x, y, { epochs: 3, verbose: 0, validationSplit: 0.2, batchSize: 4, callbacks });
    expect(events('train')[0]!.version).toBe('brain.Event:2');
    expect(tagsOf('train')).toEqual(['epoch_accuracy', 'epoch_learning_rate', 'epoch_loss', 'keras']);
    expect(tagsOf('validation')).toEqual([
      'epoch_accuracy',
      'epoch_loss',
      'evaluation_accuracy_vs_iterations',
      'evaluation_loss_vs_iterations',
    ]);
    expect(scalarsOf('train', 'epoch_loss')).toEqual(history.loss!.map((v, i) => [i, v]));
    expect(scalarsOf('validation', 'epoch_loss')).toEqual(history.val_loss!.map((v, i) => [i, v]));
    expect(scalarsOf('validation', 'evaluation_loss_vs_iterations').map(([step]) => step)).toEqual([4, 8, 12]);
  });

  it('writes batches as often as it is told', async () => {
    const callbacks = new TensorBoard(folder, { updateFreq: 2, writeStepsPerSecond: true, writeGraph: false });
    await classifier().fit(x, y, { epochs: 2, verbose: 0, batchSize: 4, callbacks });
    expect(scalarsOf('train', 'batch_loss').map(([step]) => step)).toEqual([2, 4, 6, 8, 10]);
    expect(scalarsOf('train', 'batch_steps_per_second').every(([, v]) => v! > 0)).toBe(true);
    expect(tagsOf('train')).not.toContain('keras');
    expect(scalarsOf('train', 'epoch_steps_per_second').length).toBe(2);
  });

  it('writes evaluations outside of fit', async () => {
    const model = classifier();
    await model.evaluate(x, y, { verbose: 0, callbacks: new TensorBoard(folder) });
    expect(scalarsOf('validation', 'evaluation_loss_vs_iterations').map(([step]) => step)).toEqual([0]);
  });

  it('is read by TensorBoard itself, where that is installed', async () => {
    const model = classifier();
    const callbacks = new TensorBoard(folder, { histogramFreq: 1, writeImages: true, updateFreq: 'batch' });
    const { history } = await model.fit(x, y, { epochs: 2, verbose: 0, validationSplit: 0.2, batchSize: 4, callbacks });
    const names = model.weights.map((w) => w.path);
    expect(tagsOf('train').filter((t) => t.endsWith('/histogram'))).toEqual(names.map((n) => `${n}/histogram`).sort());
    expect(tagsOf('train').filter((t) => t.endsWith('/image'))).toEqual(names.map((n) => `${n}/image`).sort());
    const python = join(root, '.venv-tb/bin/python');
    if (!existsSync(python)) return;
    const { stdout, stderr, status } = spawnSync(python, [join(root, 'conformance/check_events.py'), folder], {
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    const { train, validation } = JSON.parse(stdout);
    expect(train.scalars.epoch_loss).toEqual(history.loss!.map((v, i) => [i, v]));
    expect(validation.scalars.epoch_accuracy).toEqual(history.val_accuracy!.map((v, i) => [i, v]));
    expect(train.scalars.batch_loss.length).toBe(8);
    expect(train.graph.map((node: string) => node.split('/').at(-1))).toEqual([
      expect.stringContaining('input_layer'),
      'hidden',
      'out',
    ]);
    for (const [i, name] of names.entries()) {
      const [first] = train.histograms[`${name}/histogram`];
      expect(first[1].reduce((n: number, row: number[]) => n + row[2]!, 0)).toBe(model.weights[i]!.size);
      expect(train.images[`${name}/image`].length).toBe(2);
    }
  });

  it('writes embeddings for the projector', async () => {
    setRandomSeed(1);
    const input = Input({ shape: [3], dtype: 'int32' });
    const embedded = new layers.Embedding(5, 2, { name: 'words' }).apply(input);
    const outputs = new layers.Dense(1).apply(new layers.Flatten().apply(embedded));
    const model = new Model({ inputs: input, outputs });
    model.compile({ loss: 'mse' });
    const data = [tensor(Int32Array.of(0, 1, 2), [1, 3]), [[1]]] as const;
    const callbacks = new TensorBoard(folder, { embeddingsFreq: 1, embeddingsMetadata: { words: 'words.tsv' } });
    await model.fit(data[0], data[1] as never, { verbose: 0, callbacks });
    expect(readFileSync(join(folder, 'projector_config.pbtxt'), 'utf8')).toBe(
      'embeddings {\n  tensor_name: "words/embeddings"\n  tensor_path: "words.embeddings.tsv"\n  metadata_path: "words.tsv"\n}\n',
    );
    const rows = readFileSync(join(folder, 'words.embeddings.tsv'), 'utf8').trimEnd().split('\n');
    expect(rows.map((row) => row.split('\t').length)).toEqual([2, 2, 2, 2, 2]);
    const wrong = new TensorBoard(folder, { embeddingsFreq: 1, embeddingsMetadata: { word: 'words.tsv' } });
    await expect(model.fit(data[0], data[1] as never, { verbose: 0, callbacks: wrong })).rejects.toThrow(/'words'/);
  });

  it('refuses what cannot be', () => {
    expect(() => new TensorBoard('')).toThrow(/folder/);
    expect(() => new TensorBoard('a', { updateFreq: 0 })).toThrow(/updateFreq/);
    expect(() => new TensorBoard('a', { profileBatch: 2 as never })).toThrow(/profile/);
    expect(() => new TensorBoard('a', { histogramFreqency: 2 } as never)).toThrow(/histogramFreq/);
  });
});

describe('summaries', () => {
  it('count values in buckets that hold them all', () => {
    const values = Float32Array.from({ length: 33 }, (_, i) => i - 16);
    const { value } = histogram('h', values)! as unknown as { value: { data: Float64Array } };
    const rows = Array.from({ length: 30 }, (_, i) => [...value.data.subarray(i * 3, i * 3 + 3)]);
    expect(rows[0]![0]).toBe(-16);
    expect(rows[29]![1]).toBe(16);
    for (const [left, right, count] of rows.slice(0, -1))
      expect(values.filter((v) => v >= left! - 1e-9 && v < right! - 1e-9).length).toBe(count);
    expect(histogram('h', [Number.NaN, Number.POSITIVE_INFINITY])).toBeUndefined();
    const one = histogram('h', [2, 2, 2])! as unknown as { value: { data: Float64Array } };
    expect([...one.value.data.subarray(87)]).toEqual([2, 2, 3]);
  });

  it('lay out weights as Keras does', () => {
    const of = (shape: number[]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const p = weightAsPictures(
        shape,
        Float32Array.from({ length: size }, (_, i) => i),
      );
      return p && [p.count, p.height, p.width, p.channels, ...Array.from(p.data).slice(0, 3)];
    };
    expect(of([5])).toEqual([1, 5, 1, 1, 0, 1, 2]);
    expect(of([2, 3])).toEqual([1, 2, 3, 1, 0, 1, 2]);
    expect(of([3, 2])).toEqual([1, 2, 3, 1, 0, 2, 4]);
    expect(of([2, 2, 3])).toEqual([3, 2, 2, 1, 0, 3, 6]);
    expect(of([5, 5, 4, 3])).toEqual([5, 5, 4, 3, 0, 1, 2]);
    expect(of([5, 5, 4, 8])).toBeUndefined();
    expect(of([])).toBeUndefined();
    expect(of([0])).toBeUndefined();
  });

  it('make pictures of the values', async () => {
    const data = [0, 0.5, 1, 2, -1, Number.NaN];
    const { value } = await images('i', { count: 1, height: 2, width: 3, channels: 1, data });
    const [width, height, png] = value.data as [string, string, Uint8Array];
    expect([width, height]).toEqual(['3', '2']);
    expect([...decode(png).data]).toEqual([0, 127, 255, 255, 0, 0]);
  });
});
