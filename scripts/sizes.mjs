// The size of each room: files, lines (all, median, most), and what its built code weighs, gzipped.
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

const rooms = new Map();
for (const file of filesIn('src', '.ts')) {
  const lines = readFileSync(path.join(root, 'src', file), 'utf8').split('\n').length - 1;
  const room = rooms.get(roomOf(file)) ?? { lines: [], bytes: 0 };
  room.lines.push(lines);
  const built = path.join(root, 'dist', file.replace(/\.ts$/, '.js'));
  if (existsSync(built)) room.bytes += gzipSync(readFileSync(built)).length;
  rooms.set(roomOf(file), room);
}

const head = ['room', 'files', 'lines', 'median', 'most', 'gzipped'];
const row = (name, lines, bytes) => {
  const sorted = lines.toSorted((a, b) => a - b);
  const sum = sorted.reduce((a, b) => a + b, 0);
  return [name, lines.length, sum, sorted[sorted.length >> 1], sorted.at(-1), `${(bytes / 1024).toFixed(1)} KB`];
};
const all = [...rooms.values()];
const table = [
  head,
  ...[...rooms].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { lines, bytes }]) => row(name, lines, bytes)),
  row(
    'all of src',
    all.flatMap((r) => r.lines),
    all.reduce((sum, r) => sum + r.bytes, 0),
  ),
];
const tests = filesIn('test', '.ts').map(
  (f) => readFileSync(path.join(root, 'test', f), 'utf8').split('\n').length - 1,
);
table.push(row('tests', tests, 0).with(5, ''));
const widths = head.map((_, i) => Math.max(...table.map((cells) => String(cells[i]).length)));
for (const cells of table)
  console.log(cells.map((c, i) => (i === 0 ? String(c).padEnd(widths[i]) : String(c).padStart(widths[i]))).join('  '));
