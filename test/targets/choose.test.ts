import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { x64Cpu } from '../../src/runtime/native/cpuid.ts';
import { choose, chooseTarget, explainTarget, TargetError } from '../../src/targets/choose.ts';
import { openWorkshop } from '../runtime/native-child.ts';

const hasAvx2 = process.arch === 'x64' && x64Cpu().missingAvx2.length === 0;
const hasAvx512 = hasAvx2 && x64Cpu().missingAvx512.length === 0;
const best = hasAvx512 ? 'x64-avx512' : hasAvx2 ? 'x64-avx2' : 'wasm';

describe('choose', () => {
  it('takes the fastest target that works', () => {
    const { target, why, notTaken } = choose(undefined);
    expect(target.name).toBe(best);
    expect(why).toBe('it is the fastest one that works here');
    expect(notTaken.map(({ name }) => name)).toEqual(
      best === 'x64-avx512' ? [] : best === 'x64-avx2' ? ['x64-avx512'] : ['x64-avx512', 'x64-avx2'],
    );
    target.dispose();
  });

  it.each([...(hasAvx512 ? ['x64-avx512'] : []), ...(hasAvx2 ? ['x64-avx2'] : []), 'wasm', 'reference'])(
    'takes %s where it is asked for',
    (name) => {
      const { target, why } = choose(name);
      expect(target.name).toBe(name);
      expect(why).toBe('OLIFANT_TARGET asks for it');
      const block = target.alloc(100);
      expect(block.bytesView().length).toBe(100);
      target.dispose();
    },
  );

  it('lists the targets where the name is wrong', () => {
    expect(() => choose('avx512')).toThrow(TargetError);
    expect(() => choose('avx512')).toThrow(
      "OLIFANT_TARGET is 'avx512': expected one of x64-avx512, x64-avx2, wasm, reference",
    );
  });

  it.runIf(hasAvx2)('names the processor and its features', () => {
    const { cpu, features, target } = choose('reference');
    expect(cpu).toBe(x64Cpu().model);
    expect(features).toContain('AVX2');
    target.dispose();
  });

  describe('with OLIFANT_THREADS', () => {
    beforeEach(() => vi.stubEnv('OLIFANT_THREADS', 'two'));
    afterEach(() => vi.unstubAllEnvs());
    it('refuses what is no number, instead of falling back', () => {
      expect(() => choose(undefined)).toThrow("OLIFANT_THREADS is 'two'");
    });
    it('gives the target so many threads', () => {
      vi.stubEnv('OLIFANT_THREADS', '3');
      const { target } = choose(undefined);
      expect(target.threads).toBe(3);
      target.dispose();
    });
  });
});

it('makes one target a process', () => {
  expect(chooseTarget()).toBe(chooseTarget());
  expect(explainTarget().target).toBe(chooseTarget());
});

describe.runIf(hasAvx2)('where machine code is refused', () => {
  const refuse = `
    import { createRequire } from 'node:module';
    const koffi = createRequire(import.meta.url)('koffi');
    const load = koffi.load;
    const decoy = (library) => ({
      ...library,
      symbol: (name) => library.symbol(name),
      func: (name, ...rest) => {
        const real = library.func(name, ...rest);
        return name === 'mprotect' ? (a, b, mode) => (mode & 4 ? -1 : real(a, b, mode)) : real;
      },
    });
    createRequire(import.meta.url).cache[createRequire(import.meta.url).resolve('koffi')].exports = {
      ...koffi,
      load: (path) => decoy(load(path)),
    };`;

  it('falls back to wasm and says so once', async () => {
    const workshop = openWorkshop();
    const script = `${refuse}
      const { chooseTarget, explainTarget } = await import('./dist/targets/choose.js');
      console.log(chooseTarget().name, chooseTarget().name, explainTarget().notTaken.length);
      chooseTarget().dispose();`;
    const { stdout, stderr, code } = await workshop.run(script, { env: { OLIFANT_TARGET: '' } });
    expect(stdout).toBe('wasm wasm 2\n');
    expect(stderr.match(/the system refuses executable memory/g)).toHaveLength(1);
    expect(stderr).toContain("Olifant uses the slower target 'wasm'");
    expect(code).toBe(0);
    workshop.remove();
  });

  it('is an error where machine code is asked for', async () => {
    const workshop = openWorkshop();
    const script = `${refuse}
      const { chooseTarget } = await import('./dist/targets/choose.js');
      try { chooseTarget(); } catch (error) { console.log(error.code, error.message); }`;
    const { stdout } = await workshop.run(script, { env: { OLIFANT_TARGET: 'x64-avx2' } });
    expect(stdout).toContain("TARGET OLIFANT_TARGET is 'x64-avx2', which does not work here: the system refuses");
    workshop.remove();
  });
});
