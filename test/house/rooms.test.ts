import { expect, test } from 'vitest';
import { type Import, importsOf, readSources } from './sources.ts';

/**
 * The rooms of src/, the highest first; a room imports from itself and from rooms below, and rooms of one line do not
 * import from each other. docs/architecture.md says what each is for.
 */
const ROOMS: readonly (readonly string[])[] = [
  ['index.ts'],
  ['cli'],
  ['applications'],
  ['visualization'],
  ['utils'],
  ['pictures'],
  ['saving'],
  ['models'],
  // Files hold feature spaces, so these two are below the room of files.
  ['utils/feature-space.ts'],
  ['utils/feature.ts'],
  ['datasets', 'preprocessing'],
  ['callbacks', 'data'],
  ['layers'],
  ['metrics', 'optimizers'],
  ['losses', 'initializers', 'regularizers', 'constraints', 'activations'],
  ['config', 'random'],
  ['dtype-policies'],
  ['keras-object.ts'],
  ['custom-objects.ts'],
  ['random'],
  ['ops'],
  ['trace'],
  ['compile.ts'],
  ['targets'],
  ['codegen/x64', 'codegen/wasm'],
  ['schedule'],
  ['transform'],
  ['runtime/reference'],
  ['kernel', 'graph'],
  ['asm/x64', 'asm/wasm'],
  ['runtime'],
  ['settings.ts', 'tree'],
  ['errors.ts'],
];

/** Imports that go up nevertheless, with the reason. */
const EXCEPTIONS: readonly { from: string; to: string; typeOnly: boolean; why: string }[] = [
  {
    from: 'schedule/',
    to: 'targets/facts.ts',
    typeOnly: true,
    why: 'what a target is like, as data: lanes, registers. Schedules depend on these facts, not on a target',
  },
  {
    from: 'models/model.ts',
    to: 'saving/index.ts',
    typeOnly: false,
    why: "`model.save` is Keras's, and loads the room of files when it is called",
  },
  {
    from: 'utils/feature-space.ts',
    to: 'saving/index.ts',
    typeOnly: false,
    why: "`featureSpace.save` is Keras's, too",
  },
];

function roomOf(path: string): string {
  const found = ROOMS.flat().filter((room) => path === room || path.startsWith(`${room}/`));
  return found.sort((a, b) => b.length - a.length)[0] ?? `(none: ${path})`;
}

const levels = new Map(ROOMS.flatMap((rooms, level) => rooms.map((room) => [room, level] as const)));

function isAllowed({ from, to, typeOnly }: Import): boolean {
  const [a, b] = [roomOf(from), roomOf(to)];
  if (a === b || levels.get(a)! < levels.get(b)!) return true;
  return EXCEPTIONS.some((e) => from.startsWith(e.from) && to === e.to && (typeOnly || !e.typeOnly));
}

const sources = readSources();
const imports = sources.flatMap(importsOf);

test('every source file is in a room', () => {
  expect(sources.map((s) => s.path).filter((path) => !levels.has(roomOf(path)))).toEqual([]);
});

test('rooms import only from rooms below them', () => {
  expect(imports.length).toBeGreaterThan(sources.length);
  expect(imports.filter((i) => !isAllowed(i)).map((i) => `${i.from} imports ${i.to}`)).toEqual([]);
});

test('every exception is needed', () => {
  for (const e of EXCEPTIONS) expect(imports.some((i) => i.from.startsWith(e.from) && i.to === e.to)).toBe(true);
});

test('the check finds what goes up', () => {
  const up = (from: string, to: string, typeOnly = false) => isAllowed({ from, to, typeOnly });
  expect(up('layers/core/dense.ts', 'models/model.ts')).toBe(false);
  expect(up('callbacks/history.ts', 'data/batches.ts')).toBe(false);
  expect(up('schedule/schedule.ts', 'targets/facts.ts')).toBe(false);
  expect(up('schedule/schedule.ts', 'targets/facts.ts', true)).toBe(true);
  expect(up('models/model.ts', 'layers/layer.ts')).toBe(true);
  expect(importsOf({ path: 'a/b.ts', text: "import type { X } from '../c/d.ts';\nimport './e.ts';\n" })).toEqual([
    { from: 'a/b.ts', to: 'c/d.ts', typeOnly: true },
    { from: 'a/b.ts', to: 'a/e.ts', typeOnly: false },
  ]);
});
