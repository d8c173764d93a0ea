import { bytesPerElement, type DType, type TypedArray } from './graph/dtype.ts';
import type { Node } from './graph/node.ts';
import { sizeOf } from './graph/shape.ts';
import { evaluateGraph } from './runtime/reference/graph.ts';
import type { Block } from './targets/target.ts';

/** What to compile: outputs and in-place updates as functions of inputs. */
export interface GraphFunction {
  readonly inputs: readonly Node<'input'>[];
  readonly outputs: readonly Node[];
  /** All values are computed from the inputs as they were before the run; the targets are among the inputs. */
  readonly updates: readonly { readonly target: Node<'input'>; readonly value: Node }[];
}

export interface Compiled {
  /** Runs once: reads the blocks of the inputs, writes the outputs' blocks and the blocks of the targets in place. */
  run(): void;
  readonly outputs: readonly Block[];
  dispose(): void;
}

/** Memory that compiled programs can work on, zeroed. */
export function allocate(bytes: number): Block {
  const memory = new Uint8Array(bytes);
  return { bytes, bytesView: () => memory, free: () => undefined };
}

/** Compiles a graph over the memory blocks of its inputs. */
export function compileGraph(fn: GraphFunction, blocks: ReadonlyMap<Node<'input'>, Block>): Compiled {
  const results = [...fn.outputs, ...fn.updates.map((u) => u.value)];
  const outputs = fn.outputs.map((n) => allocate(sizeOf(n.shape) * bytesPerElement(n.dtype)));
  const targets = [...outputs, ...fn.updates.map((u) => blocks.get(u.target)!)];
  return {
    outputs,
    run() {
      const bind = new Map<Node, TypedArray>();
      for (const n of fn.inputs) bind.set(n, view(blocks.get(n)!, n.dtype, sizeOf(n.shape)));
      evaluateGraph(results, bind).forEach((values, i) => {
        const n = results[i]!;
        view(targets[i]!, n.dtype, sizeOf(n.shape)).set(values);
      });
    },
    dispose: () => undefined,
  };
}

function view(block: Block, dtype: DType, size: number): TypedArray {
  const bytes = block.bytesView();
  if (dtype === 'float32') return new Float32Array(bytes.buffer, bytes.byteOffset, size);
  if (dtype === 'int32') return new Int32Array(bytes.buffer, bytes.byteOffset, size);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, size);
}
