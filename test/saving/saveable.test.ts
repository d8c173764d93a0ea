import { describe, expect, it } from 'vitest';
import { Dense } from '../../src/layers/core/dense.ts';
import { Input, Layer } from '../../src/layers/index.ts';
import { Dropout } from '../../src/layers/regularization/dropout.ts';
import { Mean } from '../../src/metrics/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import * as ops from '../../src/ops/index.ts';
import { findSaveables } from '../../src/saving/saveable.ts';
import type { Tensor, Variable } from '../../src/trace/index.ts';

/** The paths of weights, with their shapes. */
function paths(model: Model): Record<string, number[][]> {
  return Object.fromEntries(
    findSaveables(model)
      .filter((s) => s.variables.length > 0)
      .map((s) => [s.path, s.variables.map(([, v]) => [...v.shape])]),
  );
}

/** Each expectation is what Keras 3.15.1 wrote for the same class in Python. */
describe('paths of weights, as Keras has them', () => {
  class Blocks extends Layer {
    static override className = 'My';
    blocks = [new Dense(2), new Dense(2, { name: 'zz' }), new Dropout(0.5)];
    table = { b: new Dense(1), a: new Dense(1) };
    nested = [[new Dense(3)], [new Dense(3)]];
    hid = new Dense(1);
    same = this.hid;
    w!: Variable;
    n!: Variable;
    t2!: Variable;

    override build() {
      this.w = this.addWeight({ name: 'w', shape: [2] });
      this.n = this.addWeight({ name: 'n', shape: [3], trainable: false });
      this.t2 = this.addWeight({ name: 't2', shape: [4] });
    }

    override call(x: Tensor): Tensor {
      let y = x;
      for (const block of this.blocks) y = block.apply<Tensor>(y);
      y = ops.add(ops.add(this.table.b.apply<Tensor>(y), this.table.a.apply<Tensor>(y)), this.hid.apply<Tensor>(y));
      for (const [dense] of this.nested) y = dense!.apply<Tensor>(y);
      return y;
    }
  }

  it('in lists, dicts and lists of lists; what is held twice once', () => {
    const x = Input({ shape: [2] });
    const model = new Model({ inputs: x, outputs: new Blocks().apply(x) });
    expect(paths(model)).toEqual({
      'layers/my': [[2], [4], [3]],
      'layers/my/blocks/dense': [[2, 2], [2]],
      'layers/my/blocks/dense_1': [[2, 2], [2]],
      'layers/my/hid': [[2, 1], [1]],
      'layers/my/nested/container/dense': [[1, 3], [3]],
      'layers/my/nested/container_1/dense': [[3, 3], [3]],
      'layers/my/table/dense': [[2, 1], [1]],
      'layers/my/table/dense_1': [[2, 1], [1]],
    });
  });

  it('in a class that extends Model', () => {
    class Classy extends Model {
      static override className = 'MM';
      enc = new Dense(3);
      lst = [new Dense(2), new Dense(2)];
      inner = new Sequential([new Dense(4), new Dense(2)]);

      override call(x: Tensor): Tensor {
        const y = this.lst[1]!.apply<Tensor>(this.lst[0]!.apply<Tensor>(this.enc.apply<Tensor>(x)));
        return this.inner.apply<Tensor>(y);
      }
    }
    const model = new Classy();
    model.build([1, 2]);
    expect(paths(model)).toEqual({
      enc: [[2, 3], [3]],
      'inner/layers/dense': [[2, 4], [4]],
      'inner/layers/dense_1': [[4, 2], [2]],
      'layers/dense_1': [[3, 2], [2]],
      'layers/dense_2': [[2, 2], [2]],
    });
  });

  it('of models in models', () => {
    const model = new Sequential([new Sequential([new Dense(2)]), new Dense(3)]);
    model.build([null, 4]);
    expect(Object.keys(paths(model)).sort()).toEqual(['layers/dense', 'layers/sequential/layers/dense']);
  });

  it('of metrics in fields', () => {
    class Tracked extends Model {
      lossTracker = new Mean({ name: 'tracker' });
      dense = new Dense(1);

      override call(x: Tensor): Tensor {
        return this.dense.apply<Tensor>(x);
      }
    }
    const model = new Tracked();
    model.build([null, 2]);
    expect(paths(model)).toEqual({ dense: [[2, 1], [1]], loss_tracker: [[], []] });
  });
});
