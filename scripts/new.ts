// Writes the files of a new operation or layer; docs/recipes.md says what to fill in.
//   npm run new:op -- <family> <name>        npm run new:op -- statistics geometricMean
//   npm run new:layer -- <kind> <Name>       npm run new:layer -- regularization AlphaDropout
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

const [what, place, name, ...more] = process.argv.slice(2);
if (more.length > 0 || !place || !name) usage();
else if (what === 'op') newOp(place, name);
else if (what === 'layer') newLayer(place, name);
else usage();

function usage(): never {
  fail('npm run new:op -- <family> <name>, or npm run new:layer -- <kind> <Name>');
}

function newOp(family: string, op: string): void {
  if (!/^[a-z][a-zA-Z0-9]*$/.test(op)) fail(`an operation has a name like 'logSumExp', got '${op}'`);
  const families = readdirSync('src/ops').map((file) => basename(file, '.ts'));
  const file = `src/ops/${family}.ts`;
  if (!existsSync(file)) fail(`no family '${family}': expected one of ${families.join(', ')}`);
  const source = readFileSync(file, 'utf8');
  if (new RegExp(`export (function|const) ${op}\\b`).test(source)) fail(`${file} has '${op}' already`);
  const imports = missingImports(source, {
    './core.ts': ['lift', 'wrap'],
    '../trace/index.ts': ['type Tensor', 'type TensorLike'],
  });
  writeFileSync(
    file,
    `${imports}${source}
/**
 * What it computes, as a formula. Keras's \`${snake(op)}\`.
 *
 * @param x Any shape.
 * @returns float32, of the shape of \`x\`.
 */
export function ${op}(x: TensorLike): Tensor {
  return wrap(lift(x, 'float32'));
}
`,
  );
  const index = 'src/ops/index.ts';
  const exports = readFileSync(index, 'utf8');
  const star = exports.includes(`export * from './${family}.ts'`);
  if (!star) appendFileSync(index, `export { ${op} } from './${family}.ts';\n`);
  const test = `test/ops/${kebab(op)}.test.ts`;
  create(
    test,
    `import { expect, test } from 'vitest';
import { ${op} } from '../../src/ops/index.ts';
import { tensor } from '../../src/trace/index.ts';

test('${op} gives what the formula says', async () => {
  const x = tensor([[-1, 0, 2]]);
  expect(await ${op}(x).array()).toEqual([[-1, 0, 2]]);
});
`,
  );
  tidy([file, index, test]);
  report([file, ...(star ? [] : [index]), test]);
}

function newLayer(kind: string, className: string): void {
  if (!/^[A-Z][a-zA-Z0-9]*$/.test(className)) fail(`a layer has a name like 'GaussianNoise', got '${className}'`);
  const kinds = readdirSync('src/layers', { withFileTypes: true }).filter((d) => d.isDirectory());
  if (!kinds.some((d) => d.name === kind))
    fail(`no kind '${kind}': expected one of ${kinds.map((d) => d.name).join(', ')}`);
  const file = `src/layers/${kind}/${kebab(className)}.ts`;
  create(
    file,
    `import { checkNumber } from '../../keras-object.ts';
import * as ops from '../../ops/index.ts';
import type { Tensor } from '../../trace/tensor.ts';
import { type Config, Layer, type LayerOptions } from '../layer.ts';
import { type Defaults, REQUIRED, readOptions } from '../options.ts';
import type { DynamicShape } from '../symbolic.ts';

export interface ${className}Options extends LayerOptions {
  /** What it means, its unit, its range. */
  factor?: number;
}

const DEFAULTS: Defaults<${className}Options> = { factor: REQUIRED };

/**
 * What it computes, as a formula. Keras's \`${className}\`.
 *
 * Inputs of any shape, outputs of the same.
 *
 * @param factor What it means, its unit, its range.
 * @throws OlifantError \`INVALID_ARGUMENT\` for a factor that is no number.
 * @example
 * const layer = new ${className}(2);
 * layer.apply(tensor([1, 2])).arraySync(); // [2, 4]
 */
export class ${className} extends Layer {
  static override className = '${className}';
  static override moduleName = 'keras.layers';

  readonly factor: number;

  constructor(factor: number, options?: ${className}Options);
  constructor(options: ${className}Options & { factor: number });
  constructor(...args: unknown[]) {
    const owner = new.target.className;
    const o = readOptions<${className}Options>(owner, ['factor'], DEFAULTS, args);
    super(o);
    this.factor = checkNumber(owner, 'factor', o.factor);
    this.supportsMasking = true;
  }

  override call(inputs: Tensor): Tensor {
    return ops.multiply(inputs, this.factor);
  }

  override computeOutputShape(inputShape: DynamicShape): DynamicShape {
    return inputShape;
  }

  override getConfig(): Config {
    return { ...super.getConfig(), factor: this.factor };
  }
}
`,
  );
  report(
    [file],
    `Now add ${className} to the exports and to builtinLayers() in src/layers/index.ts, and a test to test/layers/${kind}.test.ts.`,
  );
}

/** Lines that import what a file does not import yet; the formatter joins them with those that are there. */
function missingImports(source: string, wanted: Readonly<Record<string, readonly string[]>>): string {
  const imported = [...source.matchAll(/^import (?:type )?\{([^}]*)\}/gm)].flatMap((m) =>
    m[1]!.split(',').map((name) => name.replace('type ', '').trim()),
  );
  return Object.entries(wanted)
    .map(([from, names]) => [from, names.filter((name) => !imported.includes(name.replace('type ', '')))] as const)
    .filter(([, names]) => names.length > 0)
    .map(([from, names]) => `import { ${names.join(', ')} } from '${from}';\n`)
    .join('');
}

function tidy(files: readonly string[]): void {
  spawnSync(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'check', '--write', ...files]);
}

function create(file: string, text: string): void {
  if (existsSync(file)) fail(`${file} exists`);
  writeFileSync(file, text);
}

function report(files: readonly string[], then = 'Fill in the formula, the documentation and the test.'): void {
  for (const file of files) console.log(file);
  console.log(then);
}

function kebab(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase();
}

function snake(name: string): string {
  return kebab(name).replaceAll('-', '_');
}

function fail(message: string): never {
  throw Object.assign(new Error(message), { code: 'USAGE' });
}
