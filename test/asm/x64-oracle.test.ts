import { Decoder, DecoderOptions, Instruction } from 'iced-x86';
import { describe, expect, it } from 'vitest';
import { CodeBuffer } from '../../src/asm/x64/buffer.ts';
import { encode } from '../../src/asm/x64/encode.ts';
import { type Form, forms } from '../../src/asm/x64/forms.ts';
import { Assembler, bcast, gpr, k, type Mem, type Mnemonic, mem, xmm, zmm } from '../../src/asm/x64/index.ts';
import { matches } from '../../src/asm/x64/match.ts';
import { show } from '../../src/asm/x64/registers.ts';
import { type Asked, mismatch } from './x64-decoded.ts';
import { ask, edgeDisplacements, Random, vec } from './x64-random.ts';

const LONG = process.env.OLIFANT_LONG === '1';
const SEED = Number(process.env.OLIFANT_SEED ?? Date.now() % 2 ** 31);
const all: Form[] = [...forms().values()].flat();

interface Placed extends Asked {
  readonly start: number;
  readonly end: number;
}

function describeAsked({ form, ops, mask, zero }: Asked): string {
  return `${form.name} ${ops.map(show).join(', ')} {k${mask}}${zero ? '{z}' : ''} [${form.encoding}: ${form.text}]`;
}

/** Decodes every placed instruction; the differences, as text. */
function decodeAll(code: Uint8Array, placed: readonly Placed[], candidates?: (p: Placed) => Form[]): string[] {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const got = new Instruction();
  const wrong: string[] = [];
  for (const p of placed) {
    decoder.position = p.start;
    decoder.ip = BigInt(p.start);
    decoder.decodeOut(got);
    const bytes = Buffer.from(code.subarray(p.start, p.end)).toString('hex');
    const length = p.end - p.start;
    let why: string | undefined;
    if (got.isInvalid) why = 'invalid';
    else if (got.length !== length) why = `${got.length} bytes of ${length}`;
    else if (!candidates) why = mismatch(p, got);
    else if (candidates(p).every((form) => mismatch({ ...p, form }, got) !== undefined)) why = mismatch(p, got);
    if (why) wrong.push(`${describeAsked(p)} = ${bytes}: ${why}`);
  }
  got.free();
  decoder.free();
  return wrong;
}

const BATCH = 5000;

describe(`against an independent disassembler, seed ${SEED} (OLIFANT_SEED)`, () => {
  console.log(`x64 assembler: ${all.length} forms of ${forms().size} mnemonics, seed ${SEED}`);

  it('every form, with random operands', { timeout: 900_000 }, () => {
    const random = new Random(SEED);
    const total = LONG ? 1_000_000 : 20_000;
    for (let done = 0; done < total; done += BATCH) {
      const out = new CodeBuffer();
      const placed: Placed[] = [];
      for (let i = done; i < done + BATCH; i++) {
        const asked = ask(random, all[i % all.length]!, out.length);
        const start = out.length;
        encode(out, asked.form, asked.ops, asked.mask, asked.zero);
        placed.push({ ...asked, start, end: out.length });
      }
      expect(decodeAll(out.link(), placed)).toEqual([]);
    }
  });

  it.each([true, false])('emit with evex %s takes a right form, and none is shorter', { timeout: 900_000 }, (evex) => {
    const random = new Random(SEED ^ 0x5eed);
    const total = LONG ? 200_000 : 10_000;
    const fitting = (p: Placed) =>
      forms()
        .get(p.form.name)!
        .filter((f) => evex || !f.features.some((name) => name.startsWith('AVX512')))
        .filter((f) => matches(f, p.ops, p.mask, p.zero, p.start));
    for (let done = 0; done < total; done += BATCH) {
      const a = new Assembler({ evex });
      const placed: Placed[] = [];
      for (let i = done; i < done + BATCH; i++) {
        const asked = ask(random, all[i % all.length]!, a.position);
        const start = a.position;
        const options = { mask: asked.mask ? k(asked.mask) : undefined, zero: asked.zero };
        const emit = () => a.emit(asked.form.name as Mnemonic, asked.ops, options);
        const possible = fitting({ ...asked, start, end: start });
        if (possible.length === 0) {
          if (evex) expect.fail(`${describeAsked(asked)}: generated, yet matched by no form`);
          expect(emit).toThrow('not allowed for this target');
          continue;
        }
        emit();
        placed.push({ ...asked, start, end: a.position });
        for (const form of possible) {
          const other = new CodeBuffer();
          encode(other, form, asked.ops, asked.mask, asked.zero);
          if (other.length < a.position - start) expect.fail(`${describeAsked(asked)}: ${form.text} is shorter`);
        }
      }
      expect(decodeAll(a.finish(), placed, fitting)).toEqual([]);
    }
  });

  it('every addressing mode at every limit of the displacement', () => {
    const pick = (name: string, text: string) =>
      forms()
        .get(name)!
        .find((f) => f.text === text)!;
    const bases = [undefined, ...Array.from({ length: 16 }, (_, n) => gpr(n))];
    const indices = [undefined, ...Array.from({ length: 16 }, (_, n) => gpr(n)).filter((r) => r.n !== 4)];
    const sweep = (form: Form, unit: number, rest: (m: Mem) => Asked['ops'], turn: (m: Mem) => Mem = (m) => m) => {
      const out = new CodeBuffer();
      const placed: Placed[] = [];
      const vectors = Array.from({ length: 32 }, (_, n) => vec(n, form.slots[form.rm]!.vsib || 128)).filter(
        (r) => r.n !== 1,
      );
      for (const base of bases) {
        for (const index of form.slots[form.rm]!.vsib ? vectors : indices) {
          for (const disp of edgeDisplacements(unit)) {
            const start = out.length;
            const ops = rest(turn(mem(base, disp, index, 4)));
            const mask = form.mask === 'required' ? 1 : 0;
            encode(out, form, ops, mask, false);
            placed.push({ form, ops, mask, zero: false, start, end: out.length });
          }
        }
      }
      expect(decodeAll(out.link(), placed)).toEqual([]);
    };
    sweep(pick('mov', 'r64, m64'), 1, (m) => [gpr(9), m]);
    sweep(pick('vmovss', 'xmm, m32'), 1, (m) => [xmm(3), m]);
    sweep(pick('vmovups', 'zmm{k}{z}, zmm/m512'), 64, (m) => [zmm(30), m]);
    sweep(pick('vmulps', 'zmm{k}{z}, zmm, zmm/m512/m32bcst'), 4, (m) => [zmm(30), zmm(20), m], bcast);
    sweep(pick('vgatherdps', 'zmm{k}, vm32z'), 4, (m) => [zmm(1), m]);
  });

  it('aligns with NOPs alone', () => {
    for (let before = 0; before < 32; before++) {
      const a = new Assembler();
      for (let i = 0; i < before; i++) a.emit('nop');
      a.align(32);
      a.ret();
      const code = a.finish();
      expect(code.length).toBe(before === 0 ? 1 : 33);
      const decoder = new Decoder(64, code, DecoderOptions.None);
      const names: string[] = [];
      while (decoder.canDecode) names.push(decoder.decode().toString());
      decoder.free();
      expect(names.at(-1)).toBe('ret');
      expect(names.slice(0, -1).every((n) => n.startsWith('nop') || n.startsWith('xchg'))).toBe(true);
    }
  });
});
