import { expect, it } from 'vitest';
import { node, withScope } from '../../src/graph/build.ts';
import type { Node } from '../../src/graph/node.ts';
import { printGraph } from '../../src/graph/print.ts';

const input = (name: string, shape: readonly number[]): Node => node('input', [], { name, shape, dtype: 'float32' });

it('prints a graph with a loop, readable and the same for equal graphs', () => {
  const graph = () => {
    const [h, x] = [input('h', [2]), input('x', [2])];
    const body = { carry: [h], slices: [x], constants: [], next: [node('add', [h, x], {})], stacked: [h] };
    const data = Float32Array.from({ length: 10 }, (_, i) => i / 3);
    const rows = node('literal', [], { data, shape: [5, 2], dtype: 'float32' });
    const loop = node('scan', [input('start', [2]), rows], { body, length: 5, reverse: true });
    const last = node('pick', [loop], { index: 0 });
    const sum = withScope('dense_1', () => node('reduceSum', [last], { axes: [0] }));
    return [sum, node('pick', [loop], { index: 1 })];
  };
  const text = printGraph(graph());
  expect(`\n${text}\n`).toBe(`
%0: float32 [2] = input {name start}
%1: float32 [5, 2] = literal {data [0 0.3333333 0.6666667 1 1.333333 1.666667 2 2.333333 ... 10 in all]}
%2 = scan %0 %1 {length 5, reverse true}
  %3: float32 [2] = input {name h}
  %4: float32 [2] = input {name x}
  %5: float32 [2] = add %3 %4
  next %5; stack %3
%6: float32 [2] = pick %2 {index 0}
%7: float32 [] = reduceSum %6 {axes [0]}  # dense_1
%8: float32 [5, 2] = pick %2 {index 1}
return %7, %8
`);
  expect(printGraph(graph())).toBe(text);
});
