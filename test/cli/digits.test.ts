import { expect, test } from 'vitest';
import { confusionCounts, confusionTable, picture, sideBySide } from '../../src/cli/digits.ts';

test('the confusion matrix has truth in rows and predictions in columns', () => {
  expect(confusionCounts([0, 0, 1, 2, 2], [0, 1, 1, 2, 0], 3)).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 1],
  ]);
});

test('its table is aligned, and a class that never came is no division by zero', () => {
  const table = confusionTable([
    [1000, 1],
    [0, 0],
  ]).split('\n');
  expect(table).toEqual([
    '  true \\ predicted │    0    1 │ found',
    '───────────────────┼───────────┼────────',
    '                0  │ 1000    1 │  99.9 %',
    '                1  │    ·    · │   0.0 %',
  ]);
});

test('a picture has two rows of pixels a line', () => {
  const pixels = new Uint8Array([0, 255, 0, 255, 0, 0, 255, 255, 200, 10, 79, 80]);
  expect(picture(pixels, 4)).toEqual([' ▀▄█', '▀  ▀']);
});

test('pictures stand beside each other under their captions', () => {
  const lines = sideBySide([
    { caption: 'one', lines: ['██', '▀▀'] },
    { caption: 'two', lines: ['▄▄', '  '] },
  ]);
  expect(lines).toBe('one two\n██  ▄▄\n▀▀');
});
