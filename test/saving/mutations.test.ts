import { describe, expect, it } from 'vitest';
import { FileError, loadModel, loadWeights } from '../../src/saving/index.ts';
import { Rng } from '../support/rng.ts';
import { expectLittleEffort } from './effort.ts';
import { goldenBytes, kerasFile, membersOf } from './files.ts';

/** Random changes of files that Keras wrote: each must load or end in a `FileError`, without much work. */
const RUNS = process.env.OLIFANT_LONG ? 20_000 : 2_000;
const SEED = Number(process.env.OLIFANT_SEED ?? Date.now() % 2 ** 31);

/** Whole numbers from 0 on, below what it is given. */
type Random = (below: number) => number;

function makeRandom(seed: number): Random {
  const rng = new Rng(seed);
  return (below) => rng.int(0, below - 1);
}

const NUMBERS = [0, 1, 2, 0x7f, 0x80, 0xff, 0xffff, 0x7fff_ffff, 0xffff_ffff, 2 ** 40, 2 ** 53 - 1];

/** One change of bytes: flipped bits, numbers at the borders, bytes cut out, put in, copied, or the end cut off. */
function changeBytes(input: Uint8Array, random: Random): Uint8Array {
  const data = new Uint8Array(input);
  const at = random(data.length);
  const size = 1 + random(Math.min(64, data.length - at));
  switch (random(7)) {
    case 0:
      data[at]! ^= 1 << random(8);
      return data;
    case 1:
      data[at] = random(256);
      return data;
    case 2: {
      const value = BigInt(NUMBERS[random(NUMBERS.length)]!);
      const width = [1, 2, 4, 8][random(4)]!;
      for (let i = 0; i < width && at + i < data.length; i++) data[at + i] = Number((value >> BigInt(8 * i)) & 0xffn);
      return data;
    }
    case 3:
      data.fill(random(2) * 255, at, at + size);
      return data;
    case 4:
      data.copyWithin(at, random(data.length), random(data.length));
      return data;
    case 5:
      return data.slice(0, at);
    default: {
      const out = new Uint8Array(data.length + size);
      out.set(data.subarray(0, at));
      out.set(data.subarray(at), at + size);
      return out;
    }
  }
}

const WORDS = [
  'null',
  '-1',
  '0',
  '1e400',
  '"x"',
  '[]',
  '{}',
  'true',
  '9007199254740991',
  '[null, 3]',
  'NaN',
  '0.5',
  '17',
];

/** One value of a configuration becomes another, or a part of the text goes or comes twice. */
function changeText(text: string, random: Random): string {
  const values = [...text.matchAll(/(?<=[:[,] )("[^"]*"|[-\d.e]+|null|true|false)(?=[,}\]])/g)];
  const { index, 0: old } = values[random(values.length)]!;
  const end = index + old.length;
  const other = values[random(values.length)]!;
  switch (random(4)) {
    case 0:
      return text.slice(0, index) + other[0] + text.slice(end);
    case 1:
      return text.slice(0, index) + text.slice(Math.max(end, other.index));
    default:
      return text.slice(0, index) + WORDS[random(WORDS.length)] + text.slice(end);
  }
}

/** How many loaded; the others ended as they should. */
async function runAll(count: number, salt: number, load: (random: Random) => Promise<unknown>): Promise<number> {
  let loaded = 0;
  for (let i = 0; i < count; i++) {
    const seed = (SEED + salt * 7919 + i * 104_729) >>> 0;
    const error = await expectLittleEffort(`seed ${seed}`, () =>
      load(makeRandom(seed)).then(
        () => undefined,
        (e: unknown) => e,
      ),
    );
    if (error === undefined) loaded++;
    else if (!(error instanceof FileError)) expect.fail(`seed ${seed}: ${error} ${(error as Error).stack}`);
  }
  return loaded;
}

const times = (random: Random, f: () => void) => {
  for (let n = 1 + random(3); n > 0; n--) f();
};

describe(`mutations, OLIFANT_SEED=${SEED}`, () => {
  const timeout = RUNS * 300;

  it(
    'of archives',
    async () => {
      const files = ['trained', 'nested'].map((n) => goldenBytes(`${n}.keras`));
      const loaded = await runAll(RUNS / 4, 1, (random) => {
        let data = files[random(files.length)]!;
        times(random, () => {
          if (data.length > 0) data = changeBytes(data, random);
        });
        return loadModel(data);
      });
      // Checksums find nearly everything; dates and versions may be anything.
      expect(loaded).toBeLessThan(RUNS / 16);
    },
    timeout,
  );

  it(
    'of weights in sound archives',
    async () => {
      const weights = membersOf(goldenBytes('trained.keras'))['model.weights.h5']!;
      const loaded = await runAll(RUNS / 4, 2, (random) => {
        let data: Uint8Array = weights;
        times(random, () => {
          if (data.length > 0) data = changeBytes(data, random);
        });
        return loadModel(kerasFile('trained', { 'model.weights.h5': data }));
      });
      expect(loaded).toBeGreaterThan(0);
    },
    timeout,
  );

  it(
    'of weights files',
    async () => {
      const model = await loadModel(goldenBytes('mlp.keras'));
      const bytes = goldenBytes('mlp.weights.h5');
      const loaded = await runAll(RUNS / 4, 3, (random) => loadWeights(model, changeBytes(bytes, random)));
      expect(loaded).toBeGreaterThan(0);
    },
    timeout,
  );

  it(
    'of configurations',
    async () => {
      const names = ['mlp', 'cnn', 'nested', 'text_masked', 'two_inputs', 'trained'];
      const texts = names.map((n) => new TextDecoder().decode(membersOf(goldenBytes(`${n}.keras`))['config.json']!));
      const warn = console.warn;
      console.warn = () => {};
      try {
        const loaded = await runAll(RUNS / 4, 4, (random) => {
          const k = random(names.length);
          let text = texts[k]!;
          times(random, () => {
            text = changeText(text, random);
          });
          return loadModel(kerasFile(names[k]!, { 'config.json': text }));
        });
        expect(loaded).toBeGreaterThan(0);
      } finally {
        console.warn = warn;
      }
    },
    timeout,
  );
});
