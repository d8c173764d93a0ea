import { OlifantError } from '../../errors.ts';
import type { HostColumn } from '../../trace/string-tensor.ts';
import { StringTensor } from '../../trace/string-tensor.ts';
import { literal, type Tensor } from '../../trace/tensor.ts';
import { Layer } from '../layer.ts';
import { flatten, type Struct } from '../struct.ts';

/**
 * A layer that computes on the host: with strings, or with numbers of more bits than tensors have. In a model it runs before
 * the compiled program, on each batch. It has no weights and no gradient.
 */
export abstract class HostLayer extends Layer {
  override get runsOnHost(): boolean {
    return true;
  }

  /** What the layer computes of its inputs, in the order in which they came. */
  protected abstract compute(inputs: readonly HostColumn[]): HostColumn;

  override call(inputs: Tensor): Tensor {
    const values = flatten<Tensor | StringTensor>(inputs as Struct<Tensor | StringTensor>);
    const out = this.compute(values.map((x) => this.#read(x)));
    return out instanceof StringTensor ? (out as unknown as Tensor) : literal(out.data, out.shape, out.dtype);
  }

  #read(x: Tensor | StringTensor): HostColumn {
    if (x instanceof StringTensor) return x;
    try {
      return { data: x.dataSync(), shape: x.shape, dtype: x.dtype };
    } catch (error) {
      if (!(error instanceof OlifantError) || error.code !== 'NO_VALUE') throw error;
      throw new OlifantError(
        'UNSUPPORTED',
        `${this.label} works on the host and cannot be called inside of a compiled step. Let it stand in a Sequential or ` +
          'functional model, or apply it to the data before',
        { cause: error },
      );
    }
  }
}
