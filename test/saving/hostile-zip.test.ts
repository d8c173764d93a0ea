import { deflateSync, strToU8 } from 'fflate';
import { describe, expect, it } from 'vitest';
import { loadModel } from '../../src/saving/index.ts';
import { crc32 } from '../../src/saving/zip/crc32.ts';
import { inflate } from '../../src/saving/zip/inflate.ts';
import { expectRefused, goldenBytes, kerasFile, membersOf } from './files.ts';
import { type RawMember, rawZip } from './raw-zip.ts';

const good = membersOf(goldenBytes('mlp.keras'));
const member = (name: string, more: Partial<RawMember> = {}): RawMember => ({ name, data: good[name]!, ...more });
const three = () => [member('metadata.json'), member('config.json'), member('model.weights.h5')];

/** The archive of `mlp.keras` with one member's headers changed. */
function lie(name: string, more: Partial<RawMember>): Uint8Array {
  return rawZip(three().map((m) => (m.name === name ? { ...m, ...more } : m)));
}

/** The archive with one member more. */
const plus = (more: RawMember) => rawZip([...three(), more]);

it('the archives are right but for what the tests change', async () => {
  expect((await loadModel(rawZip(three()))).name).toBe('mlp');
  const deflated = three().map(
    (m): RawMember => ({ ...m, data: deflateSync(m.data), method: 8, crc: crc32(m.data), size: m.data.length }),
  );
  expect((await loadModel(rawZip(deflated))).name).toBe('mlp');
  expect((await loadModel(rawZip(three(), { comment: strToU8('a comment') }))).name).toBe('mlp');
  const asset = { name: 'assets/words.txt', data: strToU8('one\ntwo') };
  expect((await loadModel(rawZip([...three(), { name: 'assets/', data: strToU8('') }, asset]))).name).toBe('mlp');
  expect((await loadModel(kerasFile('mlp', { 'metadata.json': null }))).name).toBe('mlp');
});

describe('bombs', () => {
  const zeros = new Uint8Array(200 * 2 ** 20);
  const packed = deflateSync(zeros, { level: 9 });
  const names = Object.keys(good);

  it.each(names)('in %s, with its true size', async (name) => {
    const data = lie(name, { data: packed, method: 8, crc: 1, size: zeros.length });
    await expectRefused(data, /would unpack to 2\d+ bytes|cannot hold/);
  });

  it.each(names)('in %s, with the size that was there', async (name) => {
    const data = lie(name, { data: packed, method: 8, size: good[name]!.length });
    await expectRefused(data, new RegExp(`${name}: compressed data give more than`));
  });

  it.each(names)('in %s, with a size that no stream can have', async (name) => {
    const data = lie(name, { data: packed.subarray(0, 1000), method: 8, size: 2 ** 31 });
    await expectRefused(data, /cannot hold/);
  });

  it('in many members', async () => {
    const part = deflateSync(new Uint8Array(2 ** 20));
    const many = Array.from({ length: 60 }, (_, i) => ({
      name: `assets/${i}`,
      data: part,
      method: 8,
      size: 2 ** 20,
      crc: 0,
    }));
    await expectRefused(rawZip([...three(), ...many]), /would unpack to/);
  });

  it('takes no more memory than the size that is declared', async () => {
    const before = process.memoryUsage().arrayBuffers;
    await expect(inflate(packed, 64)).rejects.toThrow(/more than the 64 bytes/);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(48 * 2 ** 20);
  });
});

describe('deceiving archives', () => {
  it.each([
    ['two configurations', plus(member('config.json')), /config\.json: .*two members of this name/],
    ['a stored member with two sizes', lie('config.json', { size: 10 }), /two different sizes/],
    ['a size that differs in the header', lie('config.json', { localSize: 10 }), /another size or checksum/],
    ['a checksum that differs in the header', lie('config.json', { localCrc: 10 }), /another size or checksum/],
    ['a name that differs in the header', lie('config.json', { localName: 'zonfig.json' }), /another name/],
    ['a wrong checksum', lie('config.json', { crc: 1 }), /config\.json: its checksum/],
    ['a wrong checksum of the weights', lie('model.weights.h5', { crc: 1 }), /model\.weights\.h5: its checksum/],
    ['overlapping members', plus(member('config.json', { name: 'other.json', offset: 0 })), /header has another name/],
    ['a header in the middle of nothing', lie('config.json', { offset: 7 }), /header is not where/],
    ['an offset beyond the end', lie('config.json', { offset: 2 ** 31 }), /header is not where/],
    [
      'a member that reaches into the directory',
      lie('model.weights.h5', { packedSize: 30_000, size: 30_000 }),
      /reach into/,
    ],
    ['an encrypted member', lie('config.json', { flags: 1 }), /encrypted/],
    ['a strongly encrypted member', lie('config.json', { flags: 0x41 }), /encrypted/],
    ['an unknown method', lie('config.json', { method: 99 }), /method 99/],
    ['a symbolic link', plus({ name: 'assets/link', data: strToU8('/etc/passwd'), mode: 0o120777 }), /symbolic links/],
    ['millions of members', rawZip(three(), { count: 65_535 }), /at most 10000/],
    ['too few members', rawZip(three(), { count: 2 }), /longer than its entries/],
    ['a directory beyond the end', rawZip(three(), { offset: 2 ** 30 }), /lies beyond/],
    ['no end', rawZip(three()).subarray(0, -4), /no end record/],
    ['half of a file', rawZip(three()).subarray(0, 12_000), /no end record/],
    ['nothing', new Uint8Array(0), /not a zip archive/],
    ['no configuration', kerasFile('mlp', { 'config.json': null }), /no member 'config\.json'/],
    ['no weights', kerasFile('mlp', { 'model.weights.h5': null }), /no member 'model\.weights\.h5'/],
    ['shards', kerasFile('mlp', { 'model.weights.h5': null, 'model.weights.json': '{}' }), /shards/],
  ])('%s', async (_, data, message) => {
    await expectRefused(data, message);
  });

  it('two entries for the same bytes', async () => {
    const data = rawZip([
      ...three(),
      member('config.json', { name: 'config.jsoN', localName: 'config.json', offset: 0 }),
    ]);
    await expectRefused(data, /another name/);
    const start = 30 + 'metadata.json'.length + good['metadata.json']!.length;
    const same = rawZip([...three(), member('config.json', { offset: start, name: 'config.json' })]);
    await expectRefused(same, /two members of this name/);
  });

  it('overlaps', async () => {
    // The second header lies in the data of the first member.
    const inner = rawZip([member('config.json')]);
    const header = inner.subarray(0, 30 + 'config.json'.length + good['config.json']!.length);
    const outer = member('assets/outer', { data: header });
    const at = 30 + 'assets/outer'.length;
    await expectRefused(rawZip([outer, member('config.json', { offset: at })]), /overlap/);
  });

  it.each(['../config.json', '/etc/passwd', 'C:\\x', 'c:x', 'a\\b', 'a/../b', './a', 'a//b', 'a\0b', ''])(
    'the name %j',
    async (name) => {
      await expectRefused(plus({ name, data: strToU8('x') }), /plain relative path/);
    },
  );

  it.each([2n ** 63n, 2n ** 64n - 1n, 2n ** 53n - 1n])('the 64-bit offset %s', async (offset) => {
    const extra = new Uint8Array(12);
    new DataView(extra.buffer).setUint16(0, 1, true);
    new DataView(extra.buffer).setUint16(2, 8, true);
    new DataView(extra.buffer).setBigUint64(4, offset, true);
    await expectRefused(lie('config.json', { offset: 0xffff_ffff, extra }), /too large|not where/);
  });
});

it('says which file, which member and which byte', async () => {
  const error = await expectRefused(lie('config.json', { offset: 7 }), /config\.json: byte \d+: /);
  expect(error.member).toBe('config.json');
  expect(error.offset).toBeGreaterThan(0);
});
