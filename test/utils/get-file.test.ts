import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { create } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extractArchive } from '../../src/data/extract.ts';
import { getFile } from '../../src/utils/index.ts';

const CONTENT = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251);
const digest = (algorithm: string, data: Uint8Array) => createHash(algorithm).update(data).digest('hex');

let folder: string;
let server: Server;
let root: string;
let requests: { url: string; range?: string; ifRange?: string }[];
let files: Record<string, Uint8Array>;
/** Bytes after which the connection is cut; once. */
let cut: number | null;
let tag: string;

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { range, 'if-range': ifRange } = request.headers;
  requests.push({ url: request.url!, range, ifRange: ifRange as string });
  const data = files[request.url!];
  if (data === undefined) {
    response.writeHead(404).end();
    return;
  }
  const start = range && ifRange === tag ? Number(/=(\d+)-/.exec(range)![1]) : 0;
  const headers: Record<string, string | number> = { etag: tag, 'content-length': data.length - start };
  if (start > 0) headers['content-range'] = `bytes ${start}-${data.length - 1}/${data.length}`;
  response.writeHead(start > 0 ? 206 : 200, headers);
  if (cut === null) {
    response.end(data.subarray(start));
    return;
  }
  response.write(data.subarray(start, cut), () => response.destroy());
  cut = null;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'olifant-get-file-'));
  requests = [];
  files = { '/data.bin': CONTENT };
  cut = null;
  tag = '"one"';
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const quiet = () => ({ cacheDir: folder, verbose: false });
const at = (...names: string[]) => join(folder, 'datasets', ...names);

describe('getFile', () => {
  it('downloads once, and gives the file of the cache after that', async () => {
    for (let i = 0; i < 2; i++) expect(await getFile(null, `${root}/data.bin`, quiet())).toBe(at('data.bin'));
    expect(requests).toHaveLength(1);
    expect(readFileSync(at('data.bin')).equals(CONTENT)).toBe(true);
    expect(readdirSync(at())).toEqual(['data.bin']);
    await getFile('other', `${root}/data.bin`, { ...quiet(), cacheSubdir: 'models' });
    await getFile(null, `${root}/data.bin`, { ...quiet(), forceDownload: true });
    expect(existsSync(join(folder, 'models', 'other'))).toBe(true);
    expect(requests).toHaveLength(3);
  });

  it.each(['sha256', 'md5'] as const)('compares the %s', async (algorithm) => {
    const fileHash = digest(algorithm, CONTENT);
    const path = await getFile('a', `${root}/data.bin`, { ...quiet(), fileHash });
    // What is in the cache and is not right is downloaded anew.
    writeFileSync(path, 'damaged');
    await getFile('a', `${root}/data.bin`, { ...quiet(), fileHash });
    expect(readFileSync(path).equals(CONTENT)).toBe(true);
    const wrong = digest(algorithm, Uint8Array.of(1));
    await expect(getFile('b', `${root}/data.bin`, { ...quiet(), md5Hash: wrong })).rejects.toThrow(wrong);
    await expect(getFile('b', `${root}/data.bin`, { ...quiet(), fileHash: wrong })).rejects.toThrow(wrong);
    expect(readdirSync(at())).toEqual(['a']);
  });

  it('goes on with an interrupted download', async () => {
    cut = 100_000;
    await expect(getFile(null, `${root}/data.bin`, quiet())).rejects.toThrow(/broke after \d+ bytes/);
    expect(existsSync(at('data.bin'))).toBe(false);
    await getFile(null, `${root}/data.bin`, { ...quiet(), fileHash: digest('sha256', CONTENT) });
    const { range, ifRange } = requests[1]!;
    expect([range !== undefined && Number(/=(\d+)-/.exec(range)![1]) > 0, ifRange]).toEqual([true, '"one"']);
    expect(readdirSync(at())).toEqual(['data.bin']);
  });

  it('begins anew where the file has changed since', async () => {
    cut = 100_000;
    await expect(getFile(null, `${root}/data.bin`, quiet())).rejects.toThrow();
    tag = '"two"';
    files['/data.bin'] = CONTENT.map((v) => 255 - v);
    const path = await getFile(null, `${root}/data.bin`, quiet());
    expect(readFileSync(path).equals(files['/data.bin']!)).toBe(true);
  });

  it('says what is wrong', async () => {
    await expect(getFile(null, `${root}/none`, quiet())).rejects.toThrow(/404/);
    await expect(getFile(null, 'http://127.0.0.1:9/x', quiet())).rejects.toThrow(/cannot be reached/);
    await expect(getFile('../x', `${root}/data.bin`, quiet())).rejects.toThrow(/without a path/);
    await expect(getFile('x', 'file:///etc/passwd', quiet())).rejects.toThrow(/https: or http:/);
    await expect(getFile(null, root, quiet())).rejects.toThrow(/name in the cache/);
    await expect(getFile('x', `${root}/data.bin`, { ...quiet(), fileHash: 'abc' })).rejects.toThrow(/32 hexadecimal/);
    await expect(getFile('x', `${root}/data.bin`, { ...quiet(), cacheSubdir: '../..' })).rejects.toThrow(/inside/);
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(getFile('x', `${root}/data.bin`, { ...quiet(), signal: abort.signal })).rejects.toThrow('enough');
  });

  it('unpacks archives, where Keras does', async () => {
    files['/pets.zip'] = zipSync({ 'cats/1.txt': CONTENT, 'dogs/': new Uint8Array(0), 'empty.txt': new Uint8Array(0) });
    const options = { ...quiet(), extract: true };
    const path = await getFile('pets.zip', `${root}/pets.zip`, options);
    expect(path).toBe(at('pets_extracted'));
    expect(readdirSync(path).sort()).toEqual(['cats', 'dogs', 'empty.txt']);
    expect(readFileSync(join(path, 'cats/1.txt')).equals(CONTENT)).toBe(true);
    expect(await getFile(null, `${root}/pets.zip`, options)).toBe(at('pets.zip'));
    expect(readdirSync(at()).sort()).toEqual(['pets.zip', 'pets.zip_archive', 'pets_extracted'].sort());
    await expect(getFile('p.zip', `${root}/pets.zip`, { ...options, archiveFormat: 'tar' })).rejects.toThrow(/no tar/);
    await expect(getFile('q.zip', `${root}/pets.zip`, { ...quiet(), untar: true })).rejects.toThrow(/no tar/);
  });
});

describe('extractArchive', () => {
  const out = () => join(folder, 'out');
  const extract = (data: Uint8Array) => {
    const path = join(folder, 'archive');
    writeFileSync(path, data);
    return extractArchive(path, out());
  };
  /** A tar header as in POSIX.1-1988, with its sum. */
  const header = (name: string, size: number, type = '0', link = '') => {
    const block = new Uint8Array(512);
    const put = (text: string, offset: number) => block.set(new TextEncoder().encode(text), offset);
    put(name, 0);
    put('0000644\0', 100);
    put(`${size.toString(8).padStart(11, '0')}\0`, 124);
    put('00000000000\0', 136);
    put(' '.repeat(8), 148);
    put(type, 156);
    put(link, 157);
    put('ustar\x0000', 257);
    put(
      `${block
        .reduce((a, b) => a + b, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return block;
  };
  const tarOf = (...blocks: Uint8Array[]) => Buffer.concat([...blocks, new Uint8Array(1024)]);
  const body = (text: string) => {
    const block = new Uint8Array(512);
    block.set(new TextEncoder().encode(text));
    return block;
  };

  it.each([false, true])('unpacks tar, with gzip: %s', async (gzip) => {
    writeFileSync(join(folder, 'one.bin'), CONTENT);
    await create({ file: join(folder, 'a.tar'), cwd: folder, gzip }, ['one.bin']);
    await extractArchive(join(folder, 'a.tar'), out());
    expect(readFileSync(join(out(), 'one.bin')).equals(CONTENT)).toBe(true);
  });

  it.each([
    ['../evil', tarOf],
    ['/evil', tarOf],
    ['a/../../evil', tarOf],
    ['C:evil', tarOf],
    ['a\\..\\evil', tarOf],
  ])('refuses the name %s, in tar and in zip', async (name) => {
    await expect(extract(tarOf(header('good', 2), body('ok'), header(name, 2), body('no')))).rejects.toThrow(
      /leads out/,
    );
    await expect(extract(zipSync({ good: Uint8Array.of(1), [name]: Uint8Array.of(2) }))).rejects.toThrow(/leads out/);
    expect(readdirSync(folder)).toEqual(['archive']);
  });

  it.each([
    ['1', 'Link'],
    ['2', 'SymbolicLink'],
    ['3', 'CharacterDevice'],
    ['6', 'FIFO'],
  ])('refuses tar entries of type %s: %s', async (type, name) => {
    await expect(extract(tarOf(header('a', 0, type, type < '3' ? '/etc/passwd' : '')))).rejects.toThrow(name);
    expect(readdirSync(folder)).toEqual(['archive']);
  });

  it('refuses bombs, entries given twice, and what is damaged', async () => {
    const zeros = new Uint8Array(24 * 2 ** 20);
    await expect(extract(zipSync({ zeros }, { level: 9 }))).rejects.toThrow(/200 times/);
    await expect(extract(gzipSync(tarOf(header('z', zeros.length), zeros), { level: 9 }))).rejects.toThrow(/200 times/);
    await expect(extract(tarOf(header('a', 2), body('ok'), header('a', 2), body('no')))).rejects.toThrow(/two entries/);
    const zip = zipSync({ a: CONTENT });
    await expect(extract(zip.subarray(0, zip.length / 2))).rejects.toThrow(/damaged|middle/);
    await expect(extract(gzipSync(tarOf(header('a', 2), body('ok'))).subarray(0, 40))).rejects.toThrow(/damaged/);
    await expect(extract(new TextEncoder().encode('nothing'))).rejects.toThrow(/no tar and no zip/);
    expect(readdirSync(folder)).toEqual(['archive']);
  });

  it('never follows links that lie where it writes', async () => {
    symlinkSync(tmpdir(), out());
    await extract(zipSync({ 'a.txt': Uint8Array.of(1) }));
    expect(existsSync(join(tmpdir(), 'a.txt'))).toBe(false);
    expect(readdirSync(out())).toEqual(['a.txt']);
  });
});
