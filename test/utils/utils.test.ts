import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  activations,
  constraints,
  Input,
  initializers,
  layers,
  losses,
  Model,
  metrics,
  optimizers,
  registerKerasSerializable,
  regularizers,
  Sequential,
  tensor,
  utils,
} from '../../src/index.ts';

const {
  Config,
  CustomObjectScope,
  deserializeKerasObject,
  getCustomObjects,
  getRegisteredName,
  getRegisteredObject,
  getSourceInputs,
  isKerasTensor,
  modelToDot,
  packXYSampleWeight,
  plotModel,
  Progbar,
  serializeKerasObject,
  standardizeDtype,
  unpackXYSampleWeight,
} = utils;

describe('serializeKerasObject and deserializeKerasObject', () => {
  it.each([
    ['layer', new layers.Dense(3, { activation: 'relu', kernelRegularizer: 'l2' })],
    ['loss', new losses.Huber({ delta: 2 })],
    ['metric', new metrics.BinaryAccuracy({ threshold: 0.25 })],
    ['optimizer', new optimizers.Adam({ learningRate: 0.25 })],
    [
      'schedule',
      new optimizers.schedules.ExponentialDecay({ initialLearningRate: 0.125, decaySteps: 5, decayRate: 0.5 }),
    ],
    ['initializer', new initializers.HeNormal({ seed: 3 })],
    ['regularizer', new regularizers.L1L2({ l1: 0.25 })],
    ['constraint', new constraints.MaxNorm({ maxValue: 3 } as never)],
  ])('make the same %s again, through JSON', (_, object) => {
    const written = JSON.parse(JSON.stringify(serializeKerasObject(object)));
    expect(Object.keys(written)).toEqual(expect.arrayContaining(['module', 'class_name', 'config', 'registered_name']));
    const made = deserializeKerasObject(written) as { getConfig(): unknown };
    expect(made.constructor).toBe(object.constructor);
    expect(made.getConfig()).toEqual(object.getConfig());
  });

  it('take models, values, arrays, records, tensors and functions', () => {
    const model = new Sequential([Input({ shape: [2] }), new layers.Dense(1)]);
    const again = deserializeKerasObject(serializeKerasObject(model)) as Sequential;
    expect(again).toBeInstanceOf(Sequential);
    expect(again.countParams()).toBe(3);
    const values = { a: [1, 'b', null, true], c: { d: 2.5 } };
    expect(deserializeKerasObject(serializeKerasObject(values))).toEqual(values);
    const t = deserializeKerasObject(serializeKerasObject(tensor([[1, 2]]))) as { shape: number[] };
    expect(t.shape).toEqual([1, 2]);
    const relu = serializeKerasObject(activations.relu) as { config: string };
    expect(relu.config).toBe('relu');
    expect(deserializeKerasObject(relu)).toBe(activations.relu);
    const wave = registerKerasSerializable((x: never) => x, 'Test', 'wave');
    expect(deserializeKerasObject(serializeKerasObject(wave))).toBe(wave);
    expect(() => serializeKerasObject(Symbol('s'))).toThrow(/no configuration/);
    expect(() => deserializeKerasObject({ module: 'os', class_name: 'system', config: {} })).toThrow(/unknown/);
  });
});

describe('registered objects', () => {
  class Mine extends layers.Dense {}

  it('are found by name, in scopes first', () => {
    registerKerasSerializable(Mine, 'Test', 'Mine');
    expect(getCustomObjects()['Test>Mine']).toBe(Mine);
    expect(getRegisteredName(Mine)).toBe('Test>Mine');
    expect(getRegisteredName(layers.Dense)).toBe('Dense');
    expect(getRegisteredObject('Test>Mine')).toBe(Mine);
    expect(getRegisteredObject('Nobody')).toBeNull();
    expect(getRegisteredObject('A', { A: 1 }, { A: 2 })).toBe(1);
    const scope = new CustomObjectScope({ 'Test>Mine': layers.Dense });
    expect(scope.run(() => getRegisteredObject('Test>Mine'))).toBe(layers.Dense);
    scope.enter();
    expect(getRegisteredObject('Test>Mine')).toBe(layers.Dense);
    scope.exit();
    expect(getRegisteredObject('Test>Mine')).toBe(Mine);
    expect(() => new CustomObjectScope('Mine' as never)).toThrow(/object/);
  });
});

describe('Progbar', () => {
  const shown = (options: object, run: (bar: InstanceType<typeof Progbar>) => void, target: number | null = 10) => {
    let text = '';
    const write = (t: string) => {
      text += t;
    };
    run(new Progbar(target, { interval: 0, terminal: true, write, ...options }));
    return text.split('\r').at(-1)!;
  };

  it('shows means over the steps, or values as they come', () => {
    const run = (bar: InstanceType<typeof Progbar>) => {
      bar.update(1, [['a', 1]]);
      bar.add(3, [['a', 2]]);
    };
    expect(shown({}, run)).toContain('a: 1.7500');
    expect(shown({ statefulMetrics: ['a'] }, run)).toContain('a: 2.0000');
    expect(shown({ statelessMetrics: [] }, run)).toContain('a: 2.0000');
    expect(shown({ statelessMetrics: ['a'] }, run)).toContain('a: 1.7500');
  });

  it('ends with the last value, in the unit given', () => {
    const text = shown({ unitName: 'file' }, (bar) => {
      for (let i = 1; i <= 10; i++) bar.update(i, [['a', i]]);
    });
    expect(text).toContain('10/10');
    expect(text).toContain('/file');
    expect(text).toContain('a: 10.0000');
    expect(text.endsWith('\n')).toBe(true);
  });

  it('is silent where told so, and refuses what cannot be', () => {
    expect(shown({ verbose: 0 }, (bar) => bar.update(10))).toBe('');
    expect(shown({ verbose: 2 }, (bar) => bar.update(10, [['a', 3]]))).toContain('a: 3.0000');
    expect(shown({}, (bar) => bar.update(3), null)).toContain('3/Unknown');
    expect(() => new Progbar(1, { statefulMetrics: [], statelessMetrics: [] })).toThrow(/not both/);
    expect(() => new Progbar(1, { unit: 'x' } as never)).toThrow(/unitName/);
  });
});

describe('graphs of models', () => {
  let folder = '';
  afterEach(() => {
    if (folder) rmSync(folder, { recursive: true, force: true });
    folder = '';
  });

  function residual(): Model {
    const x = Input({ shape: [4], name: 'x' });
    const h = new layers.Dense(4, { name: 'hidden', activation: 'relu' }).apply(x);
    const inner = new Sequential(
      [Input({ shape: [4] }), new layers.Dense(4, { name: 'one' }), new layers.Dense(4, { name: 'two' })],
      {
        name: 'inner',
      },
    );
    const sum = new layers.Add({ name: 'sum' }).apply([x, inner.apply(h)] as never);
    return new Model({ inputs: x, outputs: sum, name: 'residual' });
  }

  /** Boxes by their titles, and edges between titles. */
  function parse(dot: string) {
    const titles = new Map([...dot.matchAll(/^\s*(n\d+) \[label=<.*?<b>(.*?)<\/b>/gm)].map((m) => [m[1]!, m[2]!]));
    const edges = [...dot.matchAll(/(n\d+) -> (n\d+)/g)].map((m) => `${titles.get(m[1]!)} ${titles.get(m[2]!)}`);
    return { titles: [...titles.values()].sort(), edges: edges.sort() };
  }

  it('have a box a layer and an edge where one gives to the other', () => {
    const model = residual();
    expect(parse(modelToDot(model))).toEqual({
      titles: ['hidden', 'inner', 'sum', 'x'],
      edges: ['hidden inner', 'inner sum', 'x hidden', 'x sum'],
    });
    expect(parse(modelToDot(model, { expandNested: true }))).toEqual({
      titles: ['hidden', 'one', 'sum', 'two', 'x'],
      edges: ['hidden one', 'one two', 'two sum', 'x hidden', 'x sum'],
    });
    expect(modelToDot(model, { expandNested: true })).toContain('subgraph cluster_0_0');
    expect(parse(modelToDot(model, { showLayerNames: false })).titles).toEqual([
      'Add',
      'Dense',
      'InputLayer',
      'Sequential',
    ]);
  });

  it('show what is asked for', () => {
    const model = residual();
    model.layers[1]!.trainable = false;
    const dot = modelToDot(model, {
      showShapes: true,
      showDtype: true,
      showLayerActivations: true,
      showTrainable: true,
      rankdir: 'LR',
      dpi: 96,
      splines: 'curved',
    });
    for (const part of [
      'Output shape: <b>(None, 4)</b>',
      'Input shape: <b>(None, 4), (None, 4)</b>',
      'Output dtype: <b>float32</b>',
    ])
      expect(dot).toContain(part);
    for (const part of ['Activation: <b>relu</b>', '<b>Non-trainable</b>', 'rankdir=LR', 'dpi=96', 'splines="curved"'])
      expect(dot).toContain(part);
    expect(modelToDot(model, { subgraph: true })).toMatch(/^subgraph cluster_0 \{/);
  });

  it('of sequential models are chains', () => {
    const model = new Sequential([new layers.Dense(2, { name: 'a' }), new layers.Dense(2, { name: 'b' })]);
    expect(() => modelToDot(model)).toThrow(/not built/);
    model.build([null, 3]);
    expect(parse(modelToDot(model)).edges).toEqual(['a b']);
  });

  it('are drawn as SVG, which is well formed', async () => {
    folder = mkdtempSync(join(tmpdir(), 'olifant-plot-'));
    const file = join(folder, 'model.svg');
    const svg = await plotModel(residual(), {
      toFile: file,
      showShapes: true,
      showLayerNames: true,
      expandNested: true,
    });
    expect(readFileSync(file, 'utf8')).toBe(svg);
    for (const text of ['hidden', 'one', 'two', 'sum', '(None, 4)']) expect(svg).toContain(text);
    expect(svg.match(/marker-end/g)).toHaveLength(5);
    const open = [...svg.matchAll(/<(\w+)(?:\s[^<>]*)?(?<!\/)>/g)].map((m) => m[1]!);
    const closed = [...svg.matchAll(/<\/(\w+)>/g)].map((m) => m[1]!);
    expect(closed.sort()).toEqual(open.sort());
    await plotModel(residual(), { toFile: join(folder, 'model.dot') });
    expect(readFileSync(join(folder, 'model.dot'), 'utf8')).toContain('digraph');
    if (spawnSync('dot', ['-V']).status === 0)
      expect(spawnSync('dot', ['-Tsvg', join(folder, 'model.dot')]).status).toBe(0);
    await expect(plotModel(residual(), { toFile: 'model.png' })).rejects.toThrow(/\.svg or \.dot/);
    await expect(plotModel({} as never)).rejects.toThrow(/expected a model/);
    await expect(plotModel(residual(), { rankdir: 'UP' as never })).rejects.toThrow(/'TB'/);
  });
});

describe('small things', () => {
  it('batches are put together and taken apart', () => {
    expect(packXYSampleWeight(1)).toBe(1);
    expect(packXYSampleWeight([1, 2])).toEqual([[1, 2]]);
    expect(packXYSampleWeight(1, 2)).toEqual([1, 2]);
    expect(packXYSampleWeight(1, 2, 3)).toEqual([1, 2, 3]);
    expect(unpackXYSampleWeight(1)).toEqual([1, null, null]);
    expect(unpackXYSampleWeight([1])).toEqual([1, null, null]);
    expect(unpackXYSampleWeight([1, 2, 3])).toEqual([1, 2, 3]);
    expect(() => unpackXYSampleWeight([1, 2, 3, 4])).toThrow(/array of 4/);
  });

  it('dtypes have names', () => {
    expect(
      [undefined, null, 'int', 'float', 'bool', 'str', 'float16', 'string'].map((d) => standardizeDtype(d)),
    ).toEqual(['float32', 'float32', 'int32', 'float32', 'bool', 'string', 'float16', 'string']);
    expect(() => standardizeDtype('flaot32')).toThrow(/'float32'/);
  });

  it('symbolic tensors know where they come from', () => {
    const [a, b] = [Input({ shape: [2] }), Input({ shape: [2] })];
    const sum = new layers.Add().apply([a, new layers.Dense(2).apply(b)] as never) as never;
    expect(isKerasTensor(sum)).toBe(true);
    expect(isKerasTensor(tensor([1]))).toBe(false);
    expect(getSourceInputs(sum)).toEqual([a, b]);
    expect(getSourceInputs(a)).toEqual([a]);
  });

  it('a Config is read and set like fields, until it is frozen', () => {
    const config = new Config({ b: 1 });
    config.a = 2;
    expect([config.a, config.b, 'a' in config, Object.keys(config)]).toEqual([2, 1, true, ['a', 'b']]);
    expect(() => config.aa).toThrow(/Did you mean 'a'/);
    expect(config.get('none', 5)).toBe(5);
    expect(config.pop('b')).toBe(1);
    config.update({ c: 3 });
    expect([config.asDict(), config.toJson(), JSON.stringify(config)]).toEqual([
      { a: 2, c: 3 },
      '{"a":2,"c":3}',
      '{"a":2,"c":3}',
    ]);
    config.freeze();
    expect(config.frozen).toBe(true);
    expect(() => {
      config.a = 4;
    }).toThrow(/frozen/);
    expect(() => config.update({})).toThrow(/frozen/);
    config.unfreeze();
    delete config.a;
    expect(config.keys()).toEqual(['c']);
  });

  it('what is left for later says so', () => {
    for (const name of ['imageDatasetFromDirectory', 'audioDatasetFromDirectory'] as const)
      expect(() => utils[name]()).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  it('interactive logging can be turned off', () => {
    const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    try {
      utils.disableInteractiveLogging();
      expect(utils.isInteractiveLoggingEnabled()).toBe(false);
      new Progbar(1, { verbose: 2 }).update(1);
      expect(write).not.toHaveBeenCalled();
      utils.enableInteractiveLogging();
      new Progbar(1, { verbose: 2 }).update(1);
      expect(write).toHaveBeenCalledTimes(1);
    } finally {
      utils.enableInteractiveLogging();
      write.mockRestore();
    }
  });
});
