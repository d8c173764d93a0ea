import { describe, expect, it } from 'vitest';
import { FileError } from '../../src/index.ts';
import { readPicture } from '../../src/pictures/files.ts';
import { expectLittleEffort } from '../saving/effort.ts';
import { changeBytes, makeRandom, type Random } from '../support/change-bytes.ts';
import { fileBytes, fileNames, repairChecksums } from './files.ts';

/** Random changes of files that Keras has read: each must load or end in a `FileError`, without much work and without a word. */
const RUNS = process.env.OLIFANT_LONG ? 20_000 : 1_000;
const SEED = Number(process.env.OLIFANT_SEED ?? Date.now() % 2 ** 31);

/** One or a few changes; of PNG files mostly behind right checksums, of the others as often in the header as anywhere. */
function damaged(name: string, random: Random): Uint8Array {
  let data = fileBytes(name);
  for (let n = 1 + random(3); n > 0 && data.length > 0; n--) {
    if (random(2) === 0) data = changeBytes(data, random);
    else data[random(Math.min(80, data.length))] = random(256);
  }
  if (name.endsWith('.png') && random(4) > 0) repairChecksums(data);
  return data;
}

describe(`mutations, OLIFANT_SEED=${SEED}`, () => {
  it.each(['png', 'gif', 'bmp', 'jpg'])(
    'of %s files',
    async (ending) => {
      const names = fileNames(`.${ending}`);
      const said: unknown[] = [];
      const { log, warn, error } = console;
      console.log = console.warn = console.error = (...words: unknown[]) => void said.push(...words);
      let loaded = 0;
      try {
        for (let i = 0; i < RUNS; i++) {
          const seed = (SEED + i * 104_729) >>> 0;
          const random = makeRandom(seed);
          const name = names[random(names.length)]!;
          const result = await expectLittleEffort(`${name}, seed ${seed}`, () =>
            readPicture(damaged(name, random)).catch((e: unknown) => e),
          );
          if (!(result instanceof Error)) loaded++;
          else if (!(result instanceof FileError)) expect.fail(`${name}, seed ${seed}: ${result.stack}`);
          expect(said, `${name}, seed ${seed}`).toEqual([]);
        }
      } finally {
        Object.assign(console, { log, warn, error });
      }
      expect(loaded).toBeGreaterThan(0);
      expect(loaded).toBeLessThan(RUNS);
    },
    RUNS * 300,
  );
});
