/**
 * What a program waits for before its first training step, in a fresh process (V8 has compiled nothing yet):
 *
 *     node build/bench/ours/first-step.js cnn|resnet50
 *     node --cpu-prof build/bench/ours/first-step.js resnet50      to see where the time goes
 */
const begin = performance.now();
const { tensor } = await import('../../src/index.ts');
const { chooseTarget } = await import('../../src/targets/choose.ts');
const importMs = performance.now() - begin;
const { readSamples } = await import('../../src/models/sources.ts');
const { buildModel } = await import('./models/index.ts');
const { buildResNet50 } = await import('./models/resnet50.ts');
const { recordPrograms } = await import('./phases.ts');
const { uniform } = await import('./data.ts');

const SHAPES = { cnn: [128, 28, 28, 1], resnet50: [8, 224, 224, 3] };
const kind = process.argv[2] as keyof typeof SHAPES;
const shape = SHAPES[kind];
if (shape === undefined) throw new Error(`expected ${Object.keys(SHAPES).join(' or ')}`);

const target = chooseTarget();
const programs = recordPrograms(target);
const building = performance.now();
const model = kind === 'cnn' ? buildModel('cnn') : buildResNet50();
const x = tensor(
  uniform(
    shape.reduce((a, b) => a * b),
    1,
  ),
  shape,
);
const y = tensor(new Int32Array(shape[0]!), [shape[0]!]);
type Samples = Parameters<typeof model.trainer.program>[1]['samples'];
const samples = readSamples(model.trainer, x, y, null, 'trainOnBatch') as Samples;
model.trainer.prepare('train', samples, 'trainOnBatch');
const buildMs = performance.now() - building;

const batch = { samples, order: null, start: 0, count: samples.rows };
const compiling = performance.now();
const program = model.trainer.program('train', batch);
const compileMs = performance.now() - compiling;

const running = performance.now();
if (kind === 'cnn') program.run(batch);
const firstRunMs = kind === 'cnn' ? performance.now() - running : null;

const kernels = Math.max(...programs().map((p) => p.program.kernels.length));
process.stdout.write(`${JSON.stringify({ importMs, buildMs, compileMs, firstRunMs, kernels })}\n`);
process.exit(0);
