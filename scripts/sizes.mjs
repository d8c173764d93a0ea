// The size of each room: files, lines (all, median, most); and what each built file weighs.
//   npm run sizes
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Paths of the files below a folder, with `/`. */
function filesIn(folder, ending) {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith(ending));
}

function roomOf(file) {
  const parts = file.split('/');
  if (parts.length === 1) return '(top)';
  return ['codegen', 'asm', 'runtime'].includes(parts[0]) && parts.length > 2 ? parts.slice(0, 2).join('/') : parts[0];
}

function print(table) {
  const widths = table[0].map((_, i) => Math.max(...table.map((cells) => String(cells[i]).length)));
  for (const cells of table)
    console.log(
      cells.map((c, i) => (i === 0 ? String(c).padEnd(widths[i]) : String(c).padStart(widths[i]))).join('  '),
    );
}

const rooms = new Map();
for (const file of filesIn('src', '.ts'))
  rooms.set(roomOf(file), [...(rooms.get(roomOf(file)) ?? []), linesIn('src', file)]);
const tests = filesIn('test', '.ts').map((file) => linesIn('test', file));

function linesIn(folder, file) {
  return readFileSync(path.join(root, folder, file), 'utf8').split('\n').length - 1;
}

function row(name, lines) {
  const sorted = lines.toSorted((a, b) => a - b);
  return [name, lines.length, sorted.reduce((a, b) => a + b, 0), sorted[sorted.length >> 1], sorted.at(-1)];
}

print([
  ['room', 'files', 'lines', 'median', 'most'],
  ...[...rooms].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, lines]) => row(name, lines)),
  row('all of src', [...rooms.values()].flat()),
  row('tests', tests),
]);

if (existsSync(path.join(root, 'dist'))) {
  const kilobytes = (bytes) => `${(bytes.length / 1024).toFixed(1)} KB`;
  const built = filesIn('dist', '.js').map((file) => [file, readFileSync(path.join(root, 'dist', file))]);
  built.sort(([, a], [, b]) => b.length - a.length);
  console.log();
  print([
    ['dist', 'size', 'gzipped'],
    ...built.map(([file, bytes]) => [file, kilobytes(bytes), kilobytes(gzipSync(bytes))]),
  ]);
}
