// Writes FEATURES.md: every public name of Keras, whether it is here, and whether a golden file of Keras covers it.
//
//   npm run features              after `npm run build`
//
// Names are those of conformance/names.json (made by conformance/names.py), exports those of dist/, and what is compared
// with Keras is what test/golden/ has cases of: `npm test` runs them all.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = path.resolve(import.meta.dirname, '..');
const read = (file) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));

/** What is left for later, with an error that says so where somebody uses it. */
const LATER = new Set(
  `FlaxLayer JaxLayer TFSMLayer TorchModuleWrapper OrbaxCheckpoint AWQDTypePolicy GPTQDTypePolicy Int4DTypePolicy
  QuantizedDTypePolicy QuantizedFloat8DTypePolicy image_dataset_from_directory audio_dataset_from_directory`.split(
    /\s+/,
  ),
);

/** Keras's name as it is written here: camelCase, but for classes and for names of data. */
function spellings(name) {
  const last = name.split('.').at(-1);
  const camel = last.replace(/_+([a-z0-9])/g, (_, c) => c.toUpperCase());
  return [last, camel, camel.replace(/(\d)d$/, '$1D'), last.replaceAll('_', '')];
}

/** Every string in the golden files that may name what a case is about. */
function comparedNames() {
  const names = new Set();
  const folders = [path.join(ROOT, 'test', 'golden')];
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) folders.push(full);
      else if (entry.name.endsWith('.json')) {
        if (path.basename(folder) !== 'golden') names.add(path.basename(entry.name, '.json'));
        for (const [, name] of readFileSync(full, 'utf8').matchAll(/"(?:class_name|op|name|kind)": ?"([\w.]+)"/g))
          names.add(name.split('.').at(-1));
      }
    }
  }
  return names;
}

const found = await import(pathToFileURL(path.join(ROOT, 'dist', 'index.js')));
const { keras, modules } = read('conformance/names.json');
const compared = comparedNames();
const camel = (s) => s.replace(/_([a-z])/g, (_, c) => c.toUpperCase());

/** Where a module's names are exported. */
function exportsOf(module) {
  const own = module.split('.').reduce((at, part) => at?.[camel(part)], found) ?? {};
  const parent = found[camel(module.split('.')[0])] ?? {};
  return [own, parent, found];
}

/** The name here, and what it stands for. */
function findExport(module, name) {
  const places = exportsOf(module);
  const inner = name.includes('.') ? [places[0][camel(name.split('.')[0])] ?? {}, ...places] : places;
  for (const spelling of spellings(name)) {
    const place = inner.find((p) => spelling in p);
    if (place !== undefined) return { here: spelling, value: place[spelling] };
  }
  return { here: '', value: undefined };
}

/** What a module's `get` makes of a name: `losses.get('huber')` is a `Huber`. */
function classOfId(module, name) {
  try {
    return exportsOf(module)[0].get?.(name)?.constructor;
  } catch {
    return undefined;
  }
}

/** Callbacks have no configurations: golden files name them as Python names its files. */
const snake = (name) =>
  name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();

const all = Object.entries(modules).flatMap(([module, names]) =>
  names.map((name) => ({ module, name, ...findExport(module, name) })),
);
for (const row of all) {
  const names = [...spellings(row.name), ...(row.module === 'callbacks' ? [snake(row.name)] : [])];
  row.named = names.some((s) => compared.has(s));
}
// Another name of something that is compared is compared, too: what is exported is the same, or what `get` gives for it is.
const same = (values, value) => ['function', 'object'].includes(typeof value) && values.has(value);
const values = new Set(all.filter((r) => r.named).map((r) => r.value));
for (const row of all) if (same(values, classOfId(row.module, row.name))) values.add(row.value);

function rowOf(module, name) {
  const row = all.find((r) => r.module === module && r.name === name);
  const state = LATER.has(name) ? 'later' : row.here ? 'yes' : 'no';
  return { name, here: row.here, state, compared: state === 'yes' && (row.named || same(values, row.value)) };
}

const lines = [
  '# Features',
  '',
  `Every public name of Keras ${keras}, written by \`npm run features\`. "Here" is the name in Olifant; "compared": golden files of`,
  'Keras have cases of it, which `npm test` runs. What computes with tensors runs on every target (AVX-512, AVX2, WebAssembly,',
  'reference). Other names of what is compared count as compared. "Later" names are refused with an error that says so.',
  '',
];
const tables = [];
const summary = ['| module | names | here | compared | missing |', '| --- | ---: | ---: | ---: | ---: |'];
for (const [module, names] of Object.entries(modules)) {
  const rows = names.map((n) => rowOf(module, n));
  const count = (f) => rows.filter(f).length;
  const missing = count((r) => r.state === 'no');
  summary.push(
    `| [${module}](#${module.replaceAll('.', '')}) | ${rows.length} | ${count((r) => r.state === 'yes')} | ${count((r) => r.compared)} | ${missing} |`,
  );
  tables.push('', `## ${module}`, '', '| Keras | here | compared |', '| --- | --- | --- |');
  for (const r of rows)
    tables.push(`| ${r.name} | ${r.state === 'yes' ? r.here : r.state} | ${r.compared ? 'yes' : ''} |`);
}
writeFileSync(path.join(ROOT, 'FEATURES.md'), [...lines, ...summary, ...tables, ''].join('\n'));
console.log(summary.join('\n'));
