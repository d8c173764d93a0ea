import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { ensureBuilt, run } from './built.ts';
import { ROOT } from './sources.ts';

beforeAll(ensureBuilt);

const subpaths = Object.entries(packageJson.exports).filter(([path]) => path !== './package.json');

test('every export has its files, types first', () => {
  for (const [path, target] of subpaths) {
    expect(Object.keys(target), path).toEqual(['types', 'default']);
    for (const file of Object.values(target)) expect(existsSync(join(ROOT, file)), file).toBe(true);
  }
});

test('every export can be imported, prints nothing, and exports something', () => {
  const names = subpaths.map(([path]) => `olifant${path.slice(1)}`);
  const script = `for (const name of ${JSON.stringify(names)}) {
    const count = Object.keys(await import(name)).length;
    if (count === 0) console.log(name + ' exports nothing');
  }`;
  expect(run(process.execPath, ['--input-type=module', '-e', script])).toEqual({ status: 0, output: '' });
});

test('to import the package loads no library and starts nothing', () => {
  // CloseReq: Node itself closes the files that it has read.
  const script = `await import('olifant');
    const libraries = process.report.getReport().sharedObjects.filter((file) => file.endsWith('.node'));
    const started = process.getActiveResourcesInfo().filter((name) => name !== 'CloseReq' && name !== 'PipeWrap');
    process.stdout.write(JSON.stringify({ libraries, started }));`;
  const { output } = run(process.execPath, ['--input-type=module', '-e', script]);
  expect(JSON.parse(output)).toEqual({ libraries: [], started: [] });
});

test('what is loaded when it is used is found', () => {
  const golden = JSON.stringify(join(ROOT, 'test/golden'));
  const script = `const { readFileSync } = await import('node:fs');
    const { loadModel, utils, visualization } = await import('olifant');
    const { cases } = JSON.parse(readFileSync(${golden} + '/pictures.json', 'utf8'));
    const bytesOf = (file) => Buffer.from(cases.find((c) => c.file === file).bytes, 'base64');
    const files = ['420.jpg', 'rgb.png', 'grey4 interlaced.png', 'few.gif', 'rgb.bmp'];
    const pictures = await Promise.all(files.map((file) => utils.loadImg(bytesOf(file))));
    const svg = await visualization.plotImageGallery(pictures.map((p) => utils.imgToArray(p).arraySync()));
    const drawn = await utils.plotModel(await loadModel(${golden} + '/models/mlp.keras'));
    process.stdout.write([pictures[0].width, svg.slice(0, 4), drawn.slice(0, 4)].join(' '));`;
  expect(run(process.execPath, ['--input-type=module', '-e', script])).toEqual({ status: 0, output: '13 <svg <svg' });
});

test('the command says what it is, and what it does not know', () => {
  const command = join(ROOT, packageJson.bin.olifant);
  expect(run(process.execPath, [command, '--version']).output).toBe(`${packageJson.version}\n`);
  expect(run(process.execPath, [command, '--help']).output).toContain('OLIFANT_TARGET');
  expect(run(process.execPath, [command, 'sing'])).toEqual({
    status: 2,
    output: "unknown command 'sing'\nTry --help.\n",
  });
});

/** What the types of each family of classes take and refuse. */
const FAMILIES = readFileSync(join(ROOT, 'test/house/consumer/families.ts.txt'), 'utf8');

/** A project that has the package installed and looks at all its types, without those of Node or of browsers. */
function makeConsumer(source: string): string {
  const folder = join(ROOT, '.cache', 'consumer');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(ROOT, join(folder, 'node_modules', 'olifant'), 'junction');
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023'],
    types: [],
    module: 'nodenext',
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module', private: true }));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts', 'families.ts'] }));
  writeFileSync(join(folder, 'main.ts'), source);
  writeFileSync(join(folder, 'families.ts'), FAMILIES);
  return folder;
}

const CONSUMER = `
import { type CallOptions, Input, Layer, Model, Sequential, type Tensor, datasets, ops, optimizers, tensor } from 'olifant';
${subpaths.map(([path], i) => `import * as m${i} from 'olifant${path.slice(1)}';`).join('\n')}
import { Dense, Dropout } from 'olifant/layers';

export const all = [${subpaths.map((_, i) => `m${i}`).join(', ')}];

class Double extends Layer {
  override call(inputs: Tensor, _options: CallOptions): Tensor {
    return ops.multiply(inputs, 2);
  }
}

export async function main(): Promise<number> {
  const model = new Sequential([new Dense(4, { activation: 'relu' }), new Dropout(0.2), new Double(), new Dense(1)]);
  model.compile({ optimizer: new optimizers.Adam(1e-3), loss: 'mean_squared_error', metrics: ['mae'] });
  const history = await model.fit(tensor([[0], [1]]), [0, 1], { epochs: 2, verbose: 0, callbacks: [{ onEpochEnd() {} }] });
  const losses: number[] = history.history.loss!;
  const output: Tensor = await model.predict(new Float32Array(2));
  const x = Input({ shape: [784] });
  const functional = new Model({ inputs: x, outputs: new Dense(1).apply(x) });
  const [[xTrain]] = await datasets.mnist.loadData();
  // @ts-expect-error: no such activation
  new Dense(4, { activation: 'rellu' });
  // @ts-expect-error: no such option
  new Dense(4, { activaton: 'relu' });
  return losses.length + output.rank + functional.countParams() + xTrain.size;
}
`;

test('a project with strict types and without types of Node or browsers compiles against the package', () => {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  expect(run(process.execPath, [tsc, '-p', '.'], makeConsumer(CONSUMER))).toEqual({ status: 0, output: '' });
});
