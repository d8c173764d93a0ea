import { OlifantError } from '../errors.ts';
import type { TypedArray } from '../graph/dtype.ts';
import type { Node } from '../graph/node.ts';
import { sizeOf } from '../graph/shape.ts';
import type { Block } from '../targets/target.ts';
import { copyBlock } from './blocks.ts';
import { graphKey } from './graph-key.ts';
import { programCache } from './program-cache.ts';

/** Computes nodes that depend on no inputs. */
export function evaluate(outputs: readonly Node[]): TypedArray[] {
  const key = graphKey(outputs);
  const { open } = key;
  if (open !== undefined)
    throw new OlifantError(
      'NO_VALUE',
      `the value of a tensor was asked for while the model is being traced: it depends on the input '${open.attrs.name}', ` +
        'which has no value yet. Inside `call` use operations on tensors only; read values from what fit, predict or apply return',
    );
  const copy = (blocks: readonly Block[]) => outputs.map((n, i) => copyBlock(blocks[i]!, n.dtype, sizeOf(n.shape)));
  return programCache().run(outputs, copy, key);
}
