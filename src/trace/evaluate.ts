import { compileGraph } from '../compile.ts';
import { OlifantError } from '../errors.ts';
import { type DType, hostArray, type TypedArray } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { sizeOf } from '../graph/shape.ts';
import type { Block } from '../targets/target.ts';

/** The typed view of a block that holds `size` elements. Views are not kept: the memory may move. */
export function viewBlock(block: Block, dtype: DType, size: number): TypedArray {
  const bytes = block.bytesView();
  if (dtype === 'float32') return new Float32Array(bytes.buffer, bytes.byteOffset, size);
  if (dtype === 'int32') return new Int32Array(bytes.buffer, bytes.byteOffset, size);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, size);
}

/** A copy of the values in a block. */
export function copyBlock(block: Block, dtype: DType, size: number): TypedArray {
  const out = hostArray(dtype, size);
  out.set(viewBlock(block, dtype, size));
  return out;
}

/** Every `input` node that the values depend on. The bodies of loops have inputs of their own, which are not counted. */
export function inputsOf(outputs: readonly Node[]): Node<'input'>[] {
  const seen = new Set<Node>();
  const found: Node<'input'>[] = [];
  const stack = [...outputs];
  for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
    if (seen.has(n)) continue;
    seen.add(n);
    if (n.op === 'input') found.push(n);
    stack.push(...n.inputs);
  }
  return found;
}

/** Computes nodes that depend on no inputs. */
export function evaluate(outputs: readonly Node[]): TypedArray[] {
  const open = inputsOf(outputs)[0];
  if (open !== undefined)
    throw new OlifantError(
      'NO_VALUE',
      `the value of a tensor was asked for while the model is being traced: it depends on the input '${open.attrs.name}', ` +
        'which has no value yet. Inside `call` use operations on tensors only; read values from what fit, predict or apply return',
    );
  const compiled = compileGraph({ inputs: [], outputs, updates: [] }, new Map());
  try {
    compiled.run();
    return outputs.map((n, i) => copyBlock(compiled.outputs[i]!, n.dtype, sizeOf(n.shape)));
  } finally {
    compiled.dispose();
  }
}
