import type { TypedArray } from '../../src/graph/dtype.ts';
import { bytesPerElement, type DType } from '../../src/graph/dtype.ts';
import { fromMemory, toMemory } from '../../src/graph/half.ts';
import type { Node } from '../../src/graph/node.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import { schedule } from '../../src/schedule/schedule.ts';
import type { Block, Target } from '../../src/targets/target.ts';
import { decompose } from '../../src/transform/decompose.ts';

export function viewBlock(block: Block, dtype: DType, size: number): TypedArray {
  const bytes = block.bytesView();
  if (dtype === 'float32') return new Float32Array(bytes.buffer, bytes.byteOffset, size);
  if (dtype === 'int32') return new Int32Array(bytes.buffer, bytes.byteOffset, size);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, size);
}

/** Compiles a graph for a target, runs it `times` times, and reads its outputs. */
export function runGraph(
  target: Target,
  outputs: readonly Node[],
  bind: ReadonlyMap<Node, TypedArray>,
  times = 1,
): TypedArray[] {
  const inputs = [...bind.keys()];
  const results = decompose(outputs);
  const program = schedule(inputs, results, [], target.facts);
  const blocks = [...inputs, ...results].map((n) => target.alloc(sizeOf(n.shape) * bytesPerElement(n.dtype)));
  inputs.forEach((n, i) => {
    blocks[i]!.bytesView().set(toMemory(n.dtype, bind.get(n)!));
  });
  const executable = target.load(program, blocks);
  for (let i = 0; i < times; i++) executable.run();
  const values = results.map((n, i) => fromMemory(n.dtype, blocks[inputs.length + i]!.bytesView(), sizeOf(n.shape)));
  executable.dispose();
  for (const block of blocks) block.free();
  return values;
}
