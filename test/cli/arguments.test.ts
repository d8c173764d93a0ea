import { expect, test } from 'vitest';
import { optionLines, readCommandLine, UsageError } from '../../src/cli/arguments.ts';

const OPTIONS = { epochs: { value: 'N', help: 'how often', least: 1 }, seed: { value: 'N', help: 'of the weights' } };

test('numbers and positionals', () => {
  expect(readCommandLine(['cnn', '--epochs', '3', '--seed=0'], OPTIONS)).toEqual({
    positionals: ['cnn'],
    help: false,
    numbers: { epochs: 3, seed: 0 },
  });
  expect(readCommandLine([], OPTIONS)).toEqual({ positionals: [], help: false, numbers: {} });
  expect(readCommandLine(['-h'], OPTIONS).help).toBe(true);
});

test.each([
  [['--epochs', '0'], "--epochs: expected a whole number from 1, got '0'"],
  [['--epochs', 'many'], "--epochs: expected a whole number from 1, got 'many'"],
  [['--epochs='], "--epochs: expected a whole number from 1, got ''"],
  [['--seed', '1.5'], "--seed: expected a whole number from 0, got '1.5'"],
  [['--seed=-1'], "--seed: expected a whole number from 0, got '-1'"],
  [['--epoch', '3'], '--epoch'],
  [['--seed'], '--seed'],
])('%j is refused', (args, message) => {
  expect(() => readCommandLine(args, OPTIONS)).toThrow(UsageError);
  expect(() => readCommandLine(args, OPTIONS)).toThrow(message);
});

test('the help names every option', () => {
  expect(optionLines(OPTIONS)).toEqual([
    '  --epochs N  how often',
    '  --seed N    of the weights',
    '  -h, --help  show this',
  ]);
});
