import { evexRows } from './tables/evex.ts';
import { legacyRows } from './tables/legacy.ts';
import { maskRows } from './tables/mask.ts';
import type { Row } from './tables/row.ts';
import { vexRows } from './tables/vex.ts';

/** Every instruction the tables know. */
export type Mnemonic =
  | (typeof legacyRows)[number][0]
  | (typeof vexRows)[number][0]
  | (typeof maskRows)[number][0]
  | (typeof evexRows)[number][0];

export type ImmKind = 'i8' | 'u8' | 's32' | 'u32' | 'i32' | 'i64';

/** What one operand position of a form takes; 0 and undefined where it takes no such thing. */
export interface Slot {
  readonly gpr: 0 | 8 | 16 | 32 | 64;
  readonly vec: 0 | 128 | 256 | 512;
  readonly k: boolean;
  /** Bytes in memory; 0 for an address alone, undefined for none. */
  readonly mem?: number;
  /** Bytes of the element of an embedded broadcast. */
  readonly broadcast: 0 | 4 | 8;
  /** Bits of the index vector of a gather or scatter. */
  readonly vsib: 0 | 128 | 256 | 512;
  readonly imm?: ImmKind;
  readonly rel: 0 | 8 | 32;
  /** The only register allowed. */
  readonly fixed?: number;
}

/** A row of the tables at one vector length, ready to be matched and encoded. */
export interface Form {
  readonly name: string;
  /** The operands as the manual writes them, e.g. `zmm{k}{z}, zmm, zmm/m512/m32bcst`. */
  readonly text: string;
  readonly slots: readonly Slot[];
  readonly encoding: 'legacy' | 'vex' | 'evex';
  /** Mandatory prefix, in VEX's code: 0 none, 1 66, 2 F3, 3 F2. */
  readonly pp: 0 | 1 | 2 | 3;
  readonly lock: boolean;
  /** Opcode map: 1 0F, 2 0F38, 3 0F3A. Legacy forms have the escape in `opcode`. */
  readonly map: number;
  readonly w: 0 | 1;
  /** Vector length code: 0, 1, 2. */
  readonly l: 0 | 1 | 2;
  readonly opcode: readonly number[];
  /** ModRM.reg when no operand stands there; -1 for none. */
  readonly digit: number;
  /** Positions of the operands by role, -1 for none. */
  readonly reg: number;
  readonly rm: number;
  readonly vvvv: number;
  readonly low: number;
  readonly is4: number;
  readonly imm: number;
  readonly rel: number;
  readonly immBytes: number;
  readonly mask: 'none' | 'merge' | 'zero' | 'required';
  readonly features: readonly string[];
}

const NO_SLOT: Slot = { gpr: 0, vec: 0, k: false, broadcast: 0, vsib: 0, rel: 0 };
const BITS = { x: 128, y: 256, z: 512 } as const;
const LETTER = { 128: 'x', 256: 'y', 512: 'z' } as const;
const IMM_BYTES: Readonly<Record<ImmKind, number>> = { i8: 1, u8: 1, s32: 4, u32: 4, i32: 4, i64: 8 };
type Length = 128 | 256 | 512;

/** The letters v, h, q of a row's notation, for one vector length. */
function sized(letter: string, length: Length): number {
  if (letter === 'v') return length;
  if (letter === 'h') return length / 2;
  return length / 4;
}

function vectorOf(token: string, length: Length): Length | undefined {
  if (token === 'x' || token === 'y' || token === 'z') return BITS[token];
  if (token === 'v' || token === 'h' || token === 'q') return Math.max(128, sized(token, length)) as Length;
  return undefined;
}

/** One alternative of an operand: what it means, and its name in the manual. */
function alternative(token: string, length: Length): [part: Partial<Slot>, text: string] {
  const vec = vectorOf(token, length);
  if (vec !== undefined) return [{ vec }, `${LETTER[vec]}mm`];
  const number = Number(token.replace(/^\D+/, ''));
  if (/^r\d+$/.test(token)) return [{ gpr: number as Slot['gpr'] }, token];
  if (/^m[vhq]$/.test(token)) {
    const bits = sized(token[1]!, length);
    return [{ mem: bits / 8 }, `m${bits}`];
  }
  if (/^m\d*$/.test(token)) return [{ mem: number / 8 }, token];
  if (/^b\d+$/.test(token)) return [{ broadcast: (number / 8) as Slot['broadcast'] }, `m${number}bcst`];
  if (token === 'vm32v') return [{ vsib: length, mem: 4 }, `vm32${LETTER[length]}`];
  if (/^rel\d+$/.test(token)) return [{ rel: number as Slot['rel'] }, token];
  if (token in IMM_BYTES) return [{ imm: token as ImmKind }, token];
  if (token === 'k') return [{ k: true }, 'k'];
  if (token === 'cl') return [{ gpr: 8, fixed: 1 }, 'cl'];
  throw new Error(`unknown operand '${token}' in an instruction table`);
}

function parseOperands(operands: string, length: Length): Pick<Form, 'slots' | 'text' | 'mask'> {
  const slots: Slot[] = [];
  const texts: string[] = [];
  let mask: Form['mask'] = 'none';
  for (const operand of operands === '' ? [] : operands.split(', ')) {
    const [, names, decoration] = /^([^{]+)(?:\{(.+)\})?$/.exec(operand)!;
    const parts = names!.split('/').map((token) => alternative(token, length));
    slots.push(Object.assign({ ...NO_SLOT }, ...parts.map(([part]) => part)));
    texts.push(parts.map(([, text]) => text).join('/') + (decoration ? (decoration === 'kz' ? '{k}{z}' : '{k}') : ''));
    if (decoration) mask = decoration === 'kz' ? 'zero' : decoration === 'k!' ? 'required' : 'merge';
  }
  return { slots, text: texts.join(', '), mask };
}

const PP: Readonly<Record<string, 1 | 2 | 3>> = { '66': 1, F3: 2, F2: 3 };
const MAPS: Readonly<Record<string, number>> = { '0F': 1, '0F38': 2, '0F3A': 3 };
type Encoding = Pick<Form, 'encoding' | 'pp' | 'lock' | 'map' | 'w' | 'opcode' | 'digit'>;

function parseEncoding(text: string): Encoding & { lengths: string } {
  const bytes: string[] = [];
  let dots: string[] = [];
  let w: 0 | 1 = 0;
  let digit = -1;
  for (const token of text.split(' ')) {
    if (token === 'REX.W') w = 1;
    else if (token.includes('.')) dots = token.split('.');
    else if (token.startsWith('/')) digit = Number(token.slice(1));
    else bytes.push(token);
  }
  let prefix: string | undefined;
  const prefixed = dots.length > 0 ? dots.length === 5 : /^(66|F[023])$/.test(bytes[0]!) && bytes.length > 1;
  if (prefixed) prefix = dots.length > 0 ? dots[2] : bytes.shift();
  const opcode = bytes.map((b) => Number.parseInt(b, 16));
  const common = { pp: (prefix && PP[prefix]) || 0, lock: prefix === 'F0', opcode, digit } as const;
  if (dots.length === 0) return { ...common, encoding: 'legacy', map: 0, w, lengths: 'L0' };
  return {
    ...common,
    encoding: dots[0] === 'VEX' ? 'vex' : 'evex',
    map: MAPS[dots.at(-2)!]!,
    w: dots.at(-1) === 'W1' ? 1 : 0,
    lengths: dots[1]!,
  };
}

function featuresOf(column: string | undefined, encoding: Form['encoding'], length: string): string[] {
  if (column === undefined) return [];
  const [short, long] = column.split(':');
  const features = [length === 'y' && long !== undefined ? long : short!];
  if (encoding === 'evex' && (length === 'x' || length === 'y')) features.push('AVX512VL');
  return features;
}

/** The forms of one row: one for each vector length it names. */
export function parseRow([name, operands, opEn, text, column]: Row): Form[] {
  const { lengths, ...encoding } = parseEncoding(text);
  const roles = (letter: string) => opEn.indexOf(letter);
  return (lengths.startsWith('L') ? [lengths] : [...lengths]).map((length) => {
    const bits = length in BITS ? BITS[length as 'x' | 'y' | 'z'] : 128;
    const parsed = parseOperands(operands, bits);
    const imm = roles('I');
    const is4 = roles('S');
    return {
      name,
      ...parsed,
      ...encoding,
      l: length === 'L1' || length === 'y' ? 1 : length === 'z' ? 2 : 0,
      reg: roles('R'),
      rm: roles('M'),
      vvvv: roles('V'),
      low: roles('O'),
      is4,
      imm,
      rel: roles('D'),
      immBytes: is4 >= 0 ? 1 : imm >= 0 ? IMM_BYTES[parsed.slots[imm]!.imm!] : 0,
      features: featuresOf(column, encoding.encoding, length),
    };
  });
}

let table: ReadonlyMap<string, readonly Form[]> | undefined;

/** All forms by mnemonic, in the order in which they are tried: legacy, VEX, EVEX, each in the order of its table. */
export function forms(): ReadonlyMap<string, readonly Form[]> {
  if (table) return table;
  const map = new Map<string, Form[]>();
  for (const row of [...legacyRows, ...vexRows, ...maskRows, ...evexRows]) {
    const list = map.get(row[0]);
    if (list) list.push(...parseRow(row));
    else map.set(row[0], parseRow(row));
  }
  table = map;
  return map;
}
