import { describe, expect, it } from 'vitest';
import { Dense } from '../../src/layers/core/dense.ts';
import { Layer, registerLayer } from '../../src/layers/index.ts';
import { Model, Sequential } from '../../src/models/index.ts';
import { loadModel, saveModelToBytes } from '../../src/saving/index.ts';
import type { Tensor } from '../../src/trace/index.ts';
import { expectRefused, type Json, kerasFile, withConfig } from './files.ts';

const layer = (config: Json, i = 1) => config.config.layers[i];
const lambda = { class_name: '__lambda__', config: { code: '4wEAAAAA', defaults: null, closure: null } };

describe('classes', () => {
  it.each<[string, (c: Json) => void, RegExp]>([
    [
      'a Lambda with code',
      (c) => Object.assign(layer(c), { class_name: 'Lambda', config: { function: lambda } }),
      /Lambda/,
    ],
    ['a foreign module', (c) => Object.assign(layer(c), { module: 'subprocess' }), /Dense \(subprocess\)/],
    ['a foreign class', (c) => Object.assign(layer(c), { module: 'os', class_name: 'system' }), /system \(os\)/],
    ['a function', (c) => Object.assign(layer(c), { module: 'builtins', class_name: 'eval' }), /eval \(builtins\)/],
    ['a function of ours', (c) => Object.assign(layer(c), { class_name: 'builtinLayers' }), /builtinLayers/],
    ['an exported function', (c) => Object.assign(layer(c).config.kernel_initializer, { class_name: 'get' }), /get/],
    ['no module', (c) => Object.assign(layer(c), { module: null }), /unknown class Dense/],
    ['a forged name', (c) => Object.assign(layer(c), { registered_name: 'evil>Dense' }), /unknown class Dense/],
    [
      'a name of every object',
      (c) => Object.assign(layer(c), { class_name: 'constructor' }),
      /unknown class constructor/,
    ],
    ['another', (c) => Object.assign(layer(c), { class_name: 'hasOwnProperty' }), /unknown class hasOwnProperty/],
    [
      'a class of another family',
      (c) => Object.assign(layer(c), { module: 'keras.losses', class_name: 'Huber' }),
      /Huber/,
    ],
    ['code as an activation', (c) => Object.assign(layer(c).config, { activation: lambda }), /__lambda__/],
    ['code as an initializer', (c) => Object.assign(layer(c).config, { kernel_initializer: lambda }), /__lambda__/],
    [
      'an optimizer of nobody',
      (c) => Object.assign(c, { compile_config: { optimizer: { class_name: 'Evil', config: {} } } }),
      /Evil/,
    ],
    [
      'a loss with code',
      (c) => Object.assign(c, { compile_config: { optimizer: 'adam', loss: lambda } }),
      /__lambda__/,
    ],
    ['a layer instead of a model', (c) => Object.assign(c, layer(c)), /Dense, which is no model/],
    ['an initializer instead of a model', (c) => Object.assign(c, layer(c).config.kernel_initializer), /GlorotUniform/],
  ])('%s', async (_, change, message) => {
    const error = await expectRefused(withConfig('mlp', change), message);
    expect(error.member).toBe('config.json');
  });

  it('are all named at once', async () => {
    const data = withConfig('mlp', (c) => {
      layer(c, 1).class_name = 'Alpha';
      Object.assign(layer(c, 3), { class_name: 'Beta', module: null, registered_name: 'pack>Beta' });
      layer(c, 5).config.kernel_initializer = { module: 'x.y', class_name: 'Gamma', config: {}, registered_name: null };
    });
    await expectRefused(data, /Alpha \(keras\.layers\), Beta \(pack>Beta\), Gamma \(x\.y\).*\{ Alpha, Beta, Gamma \}/);
  });

  it('of the training are not asked for where the model is not compiled', async () => {
    const data = withConfig('trained', (c) => {
      c.compile_config.optimizer.class_name = 'Evil';
    });
    await expectRefused(data, /Evil/);
    expect((await loadModel(data, { compile: false })).compiled).toBe(false);
  });

  it('of the user are made where they are given or registered', async () => {
    class Twice extends Layer {
      static override className = 'Twice';
      inner = new Dense(3, { name: 'inner' });
      override call(x: Tensor) {
        return this.inner.apply<Tensor>(x);
      }
    }
    const bytes = await saveModelToBytes(new Sequential([new Twice({ name: 'twice' })], { name: 's' }));
    await expectRefused(bytes, /Twice \(Custom>Twice\)/);
    expect((await loadModel(bytes, { customObjects: { Twice } })).layers[0]).toBeInstanceOf(Twice);
    class Registered extends Twice {
      static override className = 'Registered';
    }
    registerLayer(Registered, 'pack');
    const model = new Sequential([new Registered({ name: 'r' })]);
    model.build([null, 4]);
    model.layers[0]!.weights[0]!.write(new Float32Array(12).fill(5));
    const back = await loadModel(await saveModelToBytes(model));
    expect(back.layers[0]).toBeInstanceOf(Registered);
    expect(back.weights[0]!.read()).toEqual(new Float32Array(12).fill(5));
  });
});

describe('what a configuration asks for', () => {
  it.each<[string, (c: Json) => void, RegExp]>([
    [
      'a weight of 2^40 values',
      (c) => Object.assign(layer(c).config, { units: 2 ** 37 }),
      /does not fit the size of the file/,
    ],
    ['a product beyond 2^53', (c) => Object.assign(layer(c).config, { units: 2 ** 52 }), /does not fit|SHAPE|shape/],
    [
      'an input of 2^50',
      (c) => Object.assign(layer(c, 0).config, { batch_shape: [null, 2 ** 50] }),
      /does not fit|shape/i,
    ],
    ['a negative size', (c) => Object.assign(layer(c).config, { units: -1 }), /units/],
    ['a size that is text', (c) => Object.assign(layer(c).config, { units: '__import__("os")' }), /units/],
    [
      'a vocabulary elsewhere',
      (c) => Object.assign(layer(c).config, { vocabulary: 'https://example.org/v' }),
      /another file/,
    ],
    ['a vocabulary on disk', (c) => Object.assign(layer(c).config, { vocabulary: '/etc/passwd' }), /another file/],
    ['the name __proto__', (c) => Object.assign(layer(c).config, { name: '__proto__' }), /__proto__/],
    ['the name constructor', (c) => Object.assign(layer(c).config, { name: 'constructor' }), /constructor/],
    ['two layers of one name', (c) => Object.assign(layer(c, 3).config, { name: 'dense' }), /dense/],
    ['no layers', (c) => Object.assign(c.config, { layers: null }), /layers/],
    ['no configuration', (c) => Object.assign(c, { config: null }), /config/],
    ['another activation', (c) => Object.assign(layer(c).config, { activation: 'nothing' }), /activation/],
    ['other weights than the file', (c) => Object.assign(layer(c).config, { units: 17 }), /vars\/0.*\(8, 17\)/],
    [
      'a layer without its bias',
      (c) => Object.assign(layer(c).config, { use_bias: false }),
      /1 weights, the file has 2/,
    ],
  ])('%s', async (_, change, message) => {
    await expectRefused(withConfig('mlp', change), message);
  });

  it('2^50 calls by models in models', async () => {
    const data = withConfig('nested', (c) => {
      for (let depth = 0; depth < 40; depth++) {
        const { layers } = c.config;
        const inner = layers.findIndex((l: Json) => l.class_name === 'Functional');
        const copy = structuredClone(c);
        if (JSON.stringify(copy).length > 200_000) return;
        c.config.layers[inner] = { ...layers[inner], config: copy.config };
      }
    });
    await expectRefused(data, /calls of layers|nested deeper/);
  });

  it('a loop of calls', async () => {
    const data = withConfig('nested', (c) => {
      const shared = c.config.layers.find((l: Json) => l.name === 'shared');
      shared.inbound_nodes[0].args[0].config.keras_history = ['shared', 1, 0];
    });
    await expectRefused(data, /loop or loose ends/);
  });

  it('millions of layers', async () => {
    const data = withConfig('mlp', (c) => {
      c.config.layers = [...c.config.layers, ...new Array(30_000).fill({})];
    });
    await expectRefused(data, /at most 20000/);
  });
});

describe('JSON', () => {
  const config = (text: string) => kerasFile('mlp', { 'config.json': text });
  it.each<[string, string, RegExp]>([
    ['nesting a million deep', '['.repeat(1_000_000), /nested deeper/],
    ['objects nested a million deep', '{"a":'.repeat(1_000_000), /nested deeper/],
    ['five million values', `[${'0,'.repeat(5_000_000)}0]`, /more than 1000000 values/],
    ['40 MB of text', `"${'x'.repeat(40 * 2 ** 20)}"`, /at most/],
    ['a key twice', '{"module": "keras", "module": "os"}', /'module' stands twice/],
    ['a key twice by an escape', '{"module": "keras", "m\\u006fdule": "os"}', /'module' stands twice/],
    ['__proto__', '{"__proto__": {"polluted": true}}', /__proto__/],
    ['constructor', '{"constructor": {"prototype": {}}}', /constructor/],
    ['toString', '{"toString": 1}', /toString/],
    ['a string without end', '{"a": "bcd', /string without end/],
    ['two values', '{} {}', /expected the end/],
    ['nothing', '', /expected a value/],
    ['a number', '17', /expected an object/],
    ['a list', '[]', /expected an object/],
    ['text that is no UTF-8', '\ud800', /expected a value|UTF-8/],
    ['a word', 'undefined', /expected a value/],
    ['a comment', '/* */ {}', /expected a value/],
    ['a number with a leading zero', '{"a": 01}', /expected ','/],
  ])('%s', async (_, text, message) => {
    const error = await expectRefused(config(text), message);
    expect(error.member).toBe('config.json');
    expect(({} as Json).polluted).toBeUndefined();
  });

  it('with bytes that are no UTF-8', async () => {
    await expectRefused(kerasFile('mlp', { 'config.json': Uint8Array.of(0x7b, 0xff, 0x7d) }), /UTF-8/);
  });
});

it('nothing in the room runs what it reads', async () => {
  const { readSources } = await import('../house/sources.ts');
  const code = readSources().filter((s) => s.path.startsWith('saving/') || s.path.startsWith('models/'));
  expect(code.length).toBeGreaterThan(10);
  for (const { path, text } of code) {
    expect(text, path).not.toMatch(/\beval\(|new Function\b|\bFunction\(|\brequire\(/);
    for (const [, what] of text.matchAll(/\bimport\(([^)]*)\)/g)) expect(what, path).toMatch(/^'[^']*'$/);
  }
  expect(Model).toBeDefined();
});
