import { describe, expect, it } from 'vitest';
import { FileError, loadModel, loadWeights } from '../../src/saving/index.ts';
import { changeBytes, makeRandom, type Random } from '../support/change-bytes.ts';
import { expectLittleEffort } from './effort.ts';
import { goldenBytes, kerasFile, membersOf } from './files.ts';

/** Random changes of files that Keras wrote: each must load or end in a `FileError`, without much work. */
const RUNS = process.env.OLIFANT_LONG ? 20_000 : 2_000;
const SEED = Number(process.env.OLIFANT_SEED ?? Date.now() % 2 ** 31);

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
