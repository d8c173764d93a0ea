import { describe, expect, it } from 'vitest';
import { tensor } from '../../src/trace/index.ts';
import * as tree from '../../src/tree/index.ts';

const nested = { b: [1, { z: 2, a: 3 }], a: null, c: [] };

describe('trees', () => {
  it('flattens by sorted keys, and packs again', () => {
    expect(tree.flatten(nested)).toEqual([null, 1, 3, 2]);
    expect(tree.flattenWithPath(nested)).toEqual([
      [['a'], null],
      [['b', 0], 1],
      [['b', 1, 'a'], 3],
      [['b', 1, 'z'], 2],
    ]);
    const packed = tree.packSequenceAs(nested, ['p', 'q', 'r', 's']);
    expect(packed).toEqual({ b: ['q', { z: 's', a: 'r' }], a: 'p', c: [] });
    expect(Object.keys(packed as object)).toEqual(['b', 'a', 'c']);
    expect(() => tree.packSequenceAs(nested, [1])).toThrow(/has 4 leaves, but 1 were given/);
  });

  it('has tensors, typed arrays and instances as leaves', () => {
    const t = tensor([1, 2]);
    const data = new Float32Array(3);
    expect(tree.flatten<unknown>([t, { x: data }])).toEqual([t, data]);
    expect(tree.flatten(t)).toEqual([t]);
    expect([tree.isNested(t), tree.isNested([]), tree.isNested({}), tree.isNested(null), tree.isNested('ab')]).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  it('maps one structure or several', () => {
    expect(tree.mapStructure((x: number) => x * 2, [1, [2]])).toEqual([2, [4]]);
    expect(tree.mapStructure((a: number, b: number) => a + b, { x: 1, y: [2] }, { x: 10, y: [20] })).toEqual({
      x: 11,
      y: [22],
    });
    expect(tree.mapStructure((x: unknown) => x === null, [1, null])).toEqual([false, true]);
    expect(tree.mapStructure({ func: (x: unknown) => typeof x, noneIsLeaf: false }, [1, null])).toEqual([
      'number',
      null,
    ]);
    expect(() => tree.mapStructure((a: number, b: number) => a + b, [1], [1, 2])).toThrow(/structures differ/);
    expect(() => tree.mapStructure(3 as never, [1])).toThrow(/expected a function/);
    expect(tree.mapStructureUpTo([0, 0], (a: number[], b: number) => a.length + b, [[1, 2], [3]], [10, 20])).toEqual([
      12, 21,
    ]);
    expect(tree.mapShapeStructure((s) => s.length, { a: [null, 3], b: [[1], []] })).toEqual({ a: 2, b: [1, 0] });
    const leaves: unknown[] = [];
    tree.mapShapeStructure((s: unknown) => leaves.push(s), { x: 4, c: 'hi', y: [[5, 6], 'z'] });
    expect(leaves).toEqual(['hi', 4, [5, 6], 'z']);
    const none = [] as unknown as [unknown];
    expect(() => tree.mapStructure((x: number) => x, ...none)).toThrow(/at least one structure/);
  });

  it('compares structures', () => {
    tree.assertSameStructure({ a: [1, 2] }, { a: ['x', null] });
    expect(() => tree.assertSameStructure([1, [2]], [1, 2])).toThrow(/assertSameStructure/);
    expect(() => tree.assertSameStructure({ a: 1 }, { b: 1 })).toThrow(/one has \[a\], the other \[b\]/);
    expect(() => tree.assertSameStructure([1], { 0: 1 })).toThrow(/differ in kind/);
    tree.assertSameStructure([1], { 0: 1 }, { checkTypes: false });
    tree.assertSamePaths([1, [2]], { 0: 1, 1: { 0: 2 } });
    expect(() => tree.assertSamePaths([1, 2], [1])).toThrow(/a leaf at '1'/);
  });

  it('traverses from above and from below', () => {
    const seen: unknown[] = [];
    const note = (x: unknown) => {
      seen.push(x);
      return typeof x === 'number' ? x + 1 : null;
    };
    expect(tree.traverse(note, [1, [2]])).toEqual([2, [3]]);
    expect(seen).toEqual([[1, [2]], 1, [2], 2]);
    seen.length = 0;
    expect(tree.traverse(note, [1, [2]], { topDown: false })).toEqual([2, [3]]);
    expect(seen).toEqual([1, 2, [3], [2, [3]]]);
    expect(tree.traverse((x) => (x === 1 ? tree.MAP_TO_NONE : null), [1, 2])).toEqual([null, 2]);
    expect(tree.traverse((x) => (Array.isArray(x) && x.length === 1 ? 'one' : null), [[1], [1, 2]])).toEqual([
      'one',
      [1, 2],
    ]);
    expect(tree.listsToTuples({ a: [1] })).toEqual({ a: [1] });
  });
});
