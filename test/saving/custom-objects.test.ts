import { afterEach, describe, expect, it } from 'vitest';
import * as activations from '../../src/activations/index.ts';
import {
  constraints,
  customObjectScope,
  FileError,
  initializers,
  layers,
  loadModel,
  losses,
  type Model,
  metrics,
  ops,
  optimizers,
  registerKerasSerializable,
  regularizers,
  Sequential,
  saveModelToBytes,
  type Tensor,
  type TensorLike,
  tensor,
} from '../../src/index.ts';
import type { Config } from '../../src/keras-object.ts';
import { configOf } from './files.ts';

class Half extends initializers.Initializer {
  static readonly className: string = 'Half';
  readonly value: number;
  constructor({ value = 0.5 }: { value?: number } = {}) {
    super();
    this.value = value;
  }
  call(shape: readonly number[]) {
    return new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(this.value);
  }
  getConfig(): Config {
    return { value: this.value };
  }
  static fromConfig(config: Config): Half {
    return new Half(config);
  }
}

class Cube extends regularizers.Regularizer {
  static readonly className: string = 'Cube';
  call(x: Tensor): Tensor {
    return ops.sum(ops.power(ops.abs(x), 3));
  }
  getConfig(): Config {
    return {};
  }
  static fromConfig(): Cube {
    return new Cube();
  }
}

class Below extends constraints.Constraint {
  static readonly className: string = 'Below';
  call(w: Tensor): Tensor {
    return ops.minimum(w, 3);
  }
  static fromConfig(): Below {
    return new Below();
  }
}

class Scaled extends layers.Layer {
  static override className = 'Scaled';
  override call(x: Tensor): Tensor {
    return ops.multiply(x, 2);
  }
}

class Absolute extends losses.Loss {
  static readonly className: string = 'Absolute';
  call(t: Tensor, p: Tensor): Tensor {
    return ops.mean(ops.abs(ops.subtract(t, p)), -1);
  }
}

class Largest extends metrics.Mean {
  static override readonly className: string = 'Largest';
  override updateState(t: TensorLike, p?: TensorLike | null): void {
    super.updateState(ops.max(ops.abs(ops.subtract(t, p!))));
  }
}

class Plain extends optimizers.SGD {
  static override readonly className: string = 'Plain';
}

class Falling extends optimizers.schedules.LearningRateSchedule {
  static readonly className: string = 'Falling';
  call(step: TensorLike): Tensor {
    return ops.divide(0.1, ops.add(ops.cast(step, 'float32'), 1));
  }
  getConfig(): Config {
    return {};
  }
}

const CLASSES = { Half, Cube, Below, Scaled, Absolute, Largest, Plain, Falling };

let count = 0;

/** A function that no other test has registered, under a name of its own. */
function fresh<F extends (...args: never[]) => unknown>(f: F): { f: F; name: string } {
  const name = `function${count++}`;
  return { f: registerKerasSerializable(((...args: never[]) => f(...args)) as F, 'Test', name), name };
}

const x = () => tensor([1, -2, 3, 0.5, 1.5, -1], [2, 3]);

function everything(): Model {
  const model = new Sequential([
    new layers.Dense(4, {
      inputShape: [3],
      kernelInitializer: new Half({ value: 0.25 }),
      kernelRegularizer: new Cube(),
      kernelConstraint: new Below(),
      activityRegularizer: new Cube(),
    } as never),
    new Scaled(),
  ]);
  model.compile({ optimizer: new Plain(new Falling()), loss: new Absolute(), metrics: [new Largest()] });
  return model;
}

async function same(a: Model, b: Model): Promise<void> {
  expect((await b.predict(x(), { verbose: 0 })).arraySync()).toEqual(
    (await a.predict(x(), { verbose: 0 })).arraySync(),
  );
}

describe('classes of the user', () => {
  it('are found among customObjects, whatever their kind', async () => {
    const model = everything();
    await model.fit(x(), ops.ones([2, 4]), { epochs: 1, verbose: 0 });
    const loaded = await loadModel(await saveModelToBytes(model), { customObjects: CLASSES });
    await same(model, loaded);
    const dense = loaded.layers[0] as layers.Dense;
    expect(dense.kernel.regularizer).toBeInstanceOf(Cube);
    expect(dense.kernel.constraint).toBeInstanceOf(Below);
    expect(dense.activityRegularizer).toBeInstanceOf(Cube);
    expect(loaded.optimizer).toBeInstanceOf(Plain);
    const [before, after] = [model, loaded].map((m) => m.evaluate(x(), ops.ones([2, 4]), { verbose: 0 }));
    expect(await after).toEqual(await before);
    expect(Object.keys(await after!)).toEqual(['loss', 'mean']);
    await loaded.fit(x(), ops.ones([2, 4]), { epochs: 1, verbose: 0 });
    await model.fit(x(), ops.ones([2, 4]), { epochs: 1, verbose: 0 });
    await same(model, loaded);
  });

  it('are found in a scope around loadModel, and not after it', async () => {
    const model = everything();
    const bytes = await saveModelToBytes(model);
    await same(model, await customObjectScope(CLASSES, () => loadModel(bytes)));
    await expect(loadModel(bytes)).rejects.toThrow(FileError);
  });

  it('are found under a package and a name', async () => {
    const { Half: _, ...others } = CLASSES;
    const bytes = await saveModelToBytes(everything());
    await loadModel(bytes, { customObjects: { ...others, 'Custom>Half': Half } });
  });

  it.each(Object.keys(CLASSES))('are missed with an error that says what to do: %s', async (name) => {
    const { [name as 'Half']: _, ...others } = CLASSES;
    const bytes = await saveModelToBytes(everything());
    const error = await loadModel(bytes, { customObjects: others }).then(
      () => expect.fail('it was loaded'),
      (e: unknown) => e as FileError,
    );
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toContain('config.json');
    expect(error.message).toContain(`unknown class ${name} (Custom>${name})`);
    expect(error.message).toContain(`customObjects: { ${name} }`);
    expect(error.message).toContain('registerKerasSerializable');
  });

  it('are known by registration', async () => {
    class Third extends Half {
      static override readonly className: string = 'Third';
      static override fromConfig(config: Config): Third {
        return new Third(config);
      }
    }
    const model = new Sequential([
      new layers.Dense(2, { inputShape: [3], kernelInitializer: new Third({ value: 3 }) }),
    ]);
    const bytes = await saveModelToBytes(model);
    await expect(loadModel(bytes)).rejects.toThrow('Third');
    registerKerasSerializable(Third, 'Mine');
    const again = await saveModelToBytes(model);
    expect(configOf(again).config.layers[1].config.kernel_initializer).toEqual({
      module: null,
      class_name: 'Third',
      config: { value: 3 },
      registered_name: 'Mine>Third',
    });
    await same(model, await loadModel(again));
  });

  it("do not take the place of Keras's own of another kind", async () => {
    class Mean extends Scaled {
      static override className = 'Mean';
    }
    const model = new Sequential([new layers.Dense(2, { inputShape: [3] }), new Mean()]);
    model.compile({ optimizer: 'sgd', loss: 'mse', metrics: [new metrics.Mean()] as never });
    await same(model, await loadModel(await saveModelToBytes(model), { customObjects: { Mean } }));
  });

  it('reach fromConfig', () => {
    const model = everything();
    const again = Sequential.fromConfig(model.getConfig(), CLASSES);
    expect((again.layers[0] as layers.Dense).kernel.regularizer).toBeInstanceOf(Cube);
    const dense = layers.Dense.fromConfig(model.layers[0]!.getConfig(), { Half, Cube, Below });
    expect(dense).toBeInstanceOf(layers.Dense);
    expect(() => layers.Dense.fromConfig(model.layers[0]!.getConfig())).toThrow(/Cube.*customObjects/);
  });
});

describe('functions of the user', () => {
  const activation = fresh((t: Tensor) => ops.sin(t));
  const loss = fresh((t: Tensor, p: Tensor) => ops.mean(ops.square(ops.subtract(t, p)), -1));
  const metric = fresh((t: Tensor, p: Tensor) => ops.mean(ops.abs(ops.subtract(t, p)), -1));
  const initializer = fresh((shape: readonly number[]) => ops.full(shape, 0.75));
  const penalty = fresh((w: Tensor) => ops.sum(ops.abs(w)));
  const limit = fresh((w: Tensor) => ops.minimum(w, 1));

  function model(): Model {
    const made = new Sequential([
      new layers.Dense(2, {
        inputShape: [3],
        activation: activation.f,
        kernelInitializer: initializer.f,
        kernelRegularizer: penalty.f,
        kernelConstraint: limit.f,
      }),
      new layers.Activation(activation.f),
    ]);
    made.compile({ optimizer: 'sgd', loss: loss.f, metrics: [metric.f] });
    return made;
  }

  it('are saved and found by their registered names', async () => {
    const before = model();
    await before.fit(x(), ops.ones([2, 2]), { epochs: 1, verbose: 0 });
    const bytes = await saveModelToBytes(before);
    expect(configOf(bytes).config.layers[1].config.activation).toEqual({
      module: 'builtins',
      class_name: 'function',
      config: `Test>${activation.name}`,
      registered_name: 'function',
    });
    const after = await loadModel(bytes);
    await same(before, after);
    await before.fit(x(), ops.ones([2, 2]), { epochs: 1, verbose: 0 });
    await after.fit(x(), ops.ones([2, 2]), { epochs: 1, verbose: 0 });
    await same(before, after);
  });

  it("are found among customObjects in Keras's files, which name them alone", async () => {
    const config = {
      units: 2,
      activation: { module: 'builtins', class_name: 'function', config: 'own', registered_name: 'function' },
    };
    const dense = layers.Dense.fromConfig(config, { own: activation.f });
    expect((dense as layers.Dense).activation).toBe(activation.f);
    expect(() => layers.Dense.fromConfig(config)).toThrow(/'own'.*customObjects/);
  });

  it.each([
    ['activations', () => activations.deserialize('own', { own: activation.f })],
    ['initializers', () => initializers.deserialize('own', { own: initializer.f })],
    ['losses', () => losses.deserialize('own', { own: loss.f })],
    ['metrics', () => metrics.deserialize('own', { own: metric.f })],
    ['regularizers', () => regularizers.deserialize('own', { own: penalty.f })],
    ['constraints', () => constraints.deserialize('own', { own: limit.f })],
  ])('are found by name: %s', (_, make) => {
    expect(make()).toBeDefined();
  });

  it('that nobody registered are refused when the model is saved', async () => {
    const made = new Sequential([new layers.Dense(2, { inputShape: [3], activation: (t) => ops.sin(t) })]);
    await expect(saveModelToBytes(made)).rejects.toThrow(/registerKerasSerializable/);
  });

  it('are missed with an error that names them', async () => {
    const made = new Sequential([new layers.Activation(activation.f)]);
    made.build([null, 3]);
    const bytes = await saveModelToBytes(made);
    const text = JSON.stringify(configOf(bytes)).replaceAll(activation.name, 'another');
    const { kerasFile } = await import('./files.ts');
    await expect(loadModel(kerasFile('mlp', { 'config.json': text }))).rejects.toThrow(
      /another \(a function\).*customObjects: \{ another \}/s,
    );
  });
});

describe('registerKerasSerializable', () => {
  afterEach(() => expect(customObjectScope({}, () => 1)).toBe(1));

  it.each([[3], ['Dense'], [null], [{}]])('refuses %j', (odd) => {
    expect(() => registerKerasSerializable(odd)).toThrow(/class or a function/);
  });

  it('refuses what has no name', () => {
    expect(() =>
      registerKerasSerializable(
        (
          () => () =>
            1
        )(),
      ),
    ).toThrow(/name/);
    expect(() => registerKerasSerializable(Half, 'a>b')).toThrow(/'>'/);
  });

  it('refuses what is no class among the custom objects', () => {
    expect(() => losses.deserialize('own', { own: 3 })).toThrow(/customObjects: 'own' must be a class or function/);
  });

  it('leaves the scope after an error', () => {
    expect(() =>
      customObjectScope({ own: Half }, () => {
        throw new RangeError('x');
      }),
    ).toThrow(RangeError);
    expect(() => initializers.get('own' as never)).toThrow(/unknown initializer/);
  });
});
