import { existsSync } from 'node:fs';
import { MNIST_MODELS, type MnistModel } from '../../src/cli/mnist-models.ts';
import type { GraphFunction } from '../../src/compile.ts';
import { makeSamples } from '../../src/data/index.ts';
import { hostArray } from '../../src/graph/dtype.ts';
import { sizeOf } from '../../src/graph/shape.ts';
import type { Model } from '../../src/models/index.ts';
import { loadModel } from '../../src/saving/index.ts';
import type { TargetFacts } from '../../src/targets/facts.ts';
import { setRandomSeed } from '../../src/trace/index.ts';

/** What the targets are like, whatever this machine is. */
export const FACTS = {
  'x64-avx512': { lanes: 16, registers: 32, fma: true },
  'x64-avx2': { lanes: 8, registers: 16, fma: true },
  wasm: { lanes: 4, registers: 16, fma: false, loadsFirst: true },
} as const satisfies Record<string, TargetFacts>;

export type FactsName = keyof typeof FACTS;
export type Mode = 'train' | 'test' | 'predict';

/** The graph of one step of a model: `mlp`, `cnn`, or the path of a `.keras` file (which can only predict). */
export async function stepGraph(name: string, mode: Mode, batch: number): Promise<GraphFunction> {
  setRandomSeed(1);
  const model = await findModel(name);
  const [input] = model.inputs!;
  const shape = [batch, ...input!.shape.slice(1).map((d) => d ?? 1)];
  const x = { data: hostArray('uint8', sizeOf(shape)), shape, dtype: 'uint8' as const };
  const y = { data: hostArray('uint8', batch), shape: [batch], dtype: 'uint8' as const };
  const samples = makeSamples([x], mode === 'predict' ? [] : [y], [], 'show');
  model.trainer.prepare(mode, samples, 'show');
  const program = model.trainer.program(mode, { samples, order: null, start: 0, count: batch });
  const { inputs, outputs, updates, variables } = program.compiled.traced;
  return {
    inputs: [...inputs, ...variables.map((v) => v.input)],
    outputs,
    updates: updates.map((u) => ({ target: u.variable.input, value: u.value })),
  };
}

async function findModel(name: string): Promise<Model> {
  if (Object.hasOwn(MNIST_MODELS, name)) {
    const model = MNIST_MODELS[name as MnistModel]();
    model.compile({ optimizer: 'adam', loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] });
    return model;
  }
  if (existsSync(name)) return loadModel(name);
  throw Object.assign(
    new Error(`no model '${name}': expected ${Object.keys(MNIST_MODELS).join(', ')} or a .keras file`),
    {
      code: 'USAGE',
    },
  );
}
