import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Dense, type DynamicShape, Input, Layer } from '../../src/layers/index.ts';
import type { Struct } from '../../src/layers/struct.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import { readableSize } from '../../src/models/summary.ts';
import type { Tensor } from '../../src/trace/index.ts';
import { camelKey } from '../../src/trace/names.ts';

interface Case {
  name: string;
  class_name: string;
  config: Record<string, unknown>;
  optimizer: 'adam' | null;
  options: Record<string, unknown>;
  text: string;
}

const { cases } = JSON.parse(readFileSync(new URL('../golden/summaries.json', import.meta.url), 'utf8')) as {
  cases: Case[];
};

it.each(cases)('prints $name as Keras does', ({ class_name, config, optimizer, options, text }) => {
  const model = class_name === 'Sequential' ? Sequential.fromConfig(config) : Model.fromConfig(config);
  if (optimizer) {
    model.compile({ optimizer, loss: 'mse' });
    model.optimizer!.build(model.trainableWeights);
  }
  let printed = '';
  const given = Object.fromEntries(Object.entries(options).map(([k, v]) => [camelKey(k), v]));
  model.summary({
    ...given,
    printFn: (s) => {
      printed += s;
    },
  });
  expect(printed.trimEnd()).toBe(text.trimEnd());
});

it('shows what layers were built by hand, and outputs in records', () => {
  class Heads extends Layer {
    readonly first = new Dense(4);
    readonly second = new Dense(2);

    override build(inputShape: DynamicShape): void {
      this.first.build(inputShape);
      this.second.build(this.first.computeOutputShape(inputShape));
    }

    override call(x: Tensor): Struct<Tensor> {
      const a = this.first.apply(x);
      return { a, b: this.second.apply(a) };
    }
  }
  class Custom extends Model {
    readonly heads = new Heads();
    readonly never = new Dense(1, { name: 'never' });

    constructor() {
      super({ name: 'custom' });
    }

    override build(inputShape: DynamicShape): void {
      this.heads.build(inputShape);
    }

    override call(x: Tensor): Tensor {
      return this.heads.apply(x);
    }
  }
  const model = new Custom();
  model.build([null, 3]);
  model.apply([[1, 2, 3]]);
  // Built by hand once, and not again by the call.
  expect(model.weights.map((w) => w.shape)).toEqual([[3, 4], [4], [4, 2], [2]]);
  let printed = '';
  model.summary({
    lineLength: 120,
    printFn: (s) => {
      printed += s;
    },
  });
  expect(printed).toContain('{a: (None, 4), b: (None, 2)}');
  expect(printed).toMatch(/never.*\?.*0 \(unbuilt\)/);
  expect(printed).toContain('Total params: 26');
});

it('refuses lines that are too short and layers that do not exist', () => {
  const model = new Sequential([Input({ shape: [2] }), new Dense(1)]);
  expect(() => model.summary({ lineLength: 10 })).toThrow(/too short/);
  expect(() => model.summary({ layerRange: ['nothing', 'dense'], printFn: () => undefined })).toThrow(
    /no layer is named 'nothing'/,
  );
});

it.each([
  [0, '0.00 B'],
  [1023, '1023.00 B'],
  [1024, '1.00 KB'],
  [5 * 2 ** 20, '5.00 MB'],
  [2 ** 52, '4.00 PB'],
])('shows %s bytes as %s', (bytes, text) => {
  expect(readableSize(bytes)).toBe(text);
});
