import { describe, expect, it } from 'vitest';
import type { FunctionBuilder } from '../../src/asm/wasm/function.ts';
import {
  type Immediates,
  INSTRUCTIONS,
  type InstructionName,
  type Row,
  type ValType,
} from '../../src/asm/wasm/instructions.ts';
import { ModuleBuilder } from '../../src/asm/wasm/module.ts';
import { nodeModule, wasmEngine } from '../../src/runtime/wasm/engine.ts';
import { NO_RUN, type Operand, SCALAR_MODELS, VECTOR_MODELS } from './wasm-models.ts';

nodeModule('node:v8')?.setFlagsFromString('--experimental-wasm-relaxed-simd');
const engine = wasmEngine()!;
const names = Object.keys(INSTRUCTIONS) as InstructionName[];

/** Immediates that any instruction of the kind accepts. */
const SAMPLE: { [I in keyof Immediates]: Immediates[I] } = {
  none: [],
  i32: [-7],
  i64: [-(2n ** 40n)],
  f32: [1.5],
  f64: [Math.PI],
  mem: [8],
  memlane: [8, 1],
  lane: [1],
  v128: [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 250, 251, 252, 253, 254, 255]],
  shuffle: [[31, 0, 30, 1, 29, 2, 28, 3, 27, 4, 26, 5, 25, 6, 24, 7]],
  zero: [],
  zero2: [],
};

const emitAny = (f: FunctionBuilder, name: InstructionName, imm: readonly unknown[]) =>
  (f.emit as (name: string, ...imm: readonly unknown[]) => FunctionBuilder).call(f, name, ...imm);

function single(name: InstructionName, imm: readonly unknown[]): Uint8Array<ArrayBuffer> {
  const row: Row = INSTRUCTIONS[name];
  const module = new ModuleBuilder().memory({ initial: 1, maximum: 1, shared: row.prefix === 0xfe });
  const { index, builder } = module.function('f', row.params, row.results);
  for (const i of row.params.keys()) builder.get(i);
  emitAny(builder, name, imm).end();
  return module.exportFunction('f', index).toBytes();
}

describe('the instruction table', () => {
  it.each(names)('%s is what the engine takes it for', (name) => {
    expect(engine.validate(single(name, SAMPLE[INSTRUCTIONS[name].imm]))).toBe(true);
  });

  it('has no code twice', () => {
    const codes = names.map((n) => `${INSTRUCTIONS[n].prefix}:${INSTRUCTIONS[n].code}`);
    expect(new Set(codes).size).toBe(codes.length);
  });

  it('has a model or a test of its own for every instruction', () => {
    const known = new Set([...Object.keys(SCALAR_MODELS), ...Object.keys(VECTOR_MODELS), ...NO_RUN]);
    expect(names.filter((n) => !known.has(n))).toEqual([]);
  });
});

/** Wraps an instruction so that vectors come from and go to memory: operands at 0, 16, 32, the result at 48. */
function throughMemory(name: InstructionName, imm: readonly unknown[]) {
  const row: Row = INSTRUCTIONS[name];
  const module = new ModuleBuilder().memory({ initial: 1 }).exportMemory('memory');
  const { index, builder: f } = module.function('f', [], []);
  f.emit('i32.const', 48);
  for (const [i, type] of row.params.entries()) {
    f.emit('i32.const', 16 * i);
    f.emit(
      ({ i32: 'i32.load', i64: 'i64.load', f32: 'f32.load', f64: 'i64.load', v128: 'v128.load' } as const)[type],
      0,
    );
  }
  emitAny(f, name, imm);
  const type = row.results[0] as Exclude<ValType, 'f64'>;
  f.emit(({ i32: 'i32.store', i64: 'i64.store', f32: 'f32.store', v128: 'v128.store' } as const)[type], 0).end();
  const { exports } = new engine.Instance(new engine.Module(module.exportFunction('f', index).toBytes()), {});
  const memory = exports.memory as { buffer: ArrayBuffer };
  return (operands: readonly Uint8Array[]): Uint8Array => {
    for (const [i, o] of operands.entries()) new Uint8Array(memory.buffer, 16 * i, 16).set(o);
    (exports.f as () => void)();
    return new Uint8Array(memory.buffer, 48, 16).slice();
  };
}

const bytesOf = (values: ArrayBufferView): Uint8Array => {
  const padded = new Uint8Array(16);
  padded.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return padded;
};

const F32 = [
  0,
  -0,
  1,
  -1,
  0.5,
  1.5,
  2.5,
  -2.5,
  3.7,
  2 ** 31,
  -(2 ** 31),
  2 ** 32,
  1e30,
  1e-40,
  Infinity,
  -Infinity,
  NaN,
];
const I32 = [0, 1, -1, 2, 31, 32, 33, 127, 128, 255, 256, 32767, 32768, 65535, 2 ** 31 - 1, -(2 ** 31), 0x12345678];
const I64 = I32.map(BigInt).concat([2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n, 0x123456789abcdef0n]);

function samples(type: ValType, model: Operand): ArrayBufferView[] {
  if (type === 'f32') return F32.map((x) => new Float32Array([x]));
  if (type === 'i32') return I32.map((x) => new Int32Array([x]));
  if (type === 'i64') return I64.map((x) => new BigInt64Array([x]));
  const list = { f32: F32, i32: I32, tame: F32.filter((x) => x >= 0 && x < 2 ** 31), mask: [0, -1, -1, 0, -1] }[model];
  const lanes = (start: number) => Array.from({ length: 4 }, (_, i) => list[(start + i * 5) % list.length]!);
  return list.map((_, i) =>
    model === 'f32' || model === 'tame' ? new Float32Array(lanes(i)) : new Int32Array(lanes(i)),
  );
}

/** All tuples of samples, or a diagonal walk where there would be too many. */
function* tuples(lists: readonly ArrayBufferView[][]): Generator<ArrayBufferView[]> {
  const [a, b, c] = lists;
  if (!a) yield [];
  for (const x of a ?? []) {
    if (!b) yield [x];
    else for (const [j, y] of b.entries()) yield c ? [x, y, c[(j * 7) % c.length]!] : [x, y];
  }
}

const isNaNBits = (bits: number): boolean => (bits & 0x7fffffff) > 0x7f800000;

/** Equal bytes; if the result is float32, any NaN equals any other. */
function expectSame(actual: Uint8Array, expected: Uint8Array, float: boolean, what: string): void {
  const [a, b] = [new Int32Array(actual.buffer), new Int32Array(expected.buffer, expected.byteOffset, 4)];
  const same = a.every((x, i) => x === b[i] || (float && isNaNBits(x) && isNaNBits(b[i]!)));
  expect(same, `${what}: ${[...a]} instead of ${[...b]}`).toBe(true);
}

describe('scalar instructions compute what the specification says', () => {
  it.each(Object.keys(SCALAR_MODELS) as InstructionName[])('%s', (name) => {
    const row: Row = INSTRUCTIONS[name];
    const run = throughMemory(name, []);
    const model = SCALAR_MODELS[name]!;
    for (const operands of tuples(row.params.map((t) => samples(t, 'i32')))) {
      const values = operands.map((o) => (o as unknown as ArrayLike<number | bigint>)[0]!);
      const expected = model(...values);
      if (expected === undefined) continue;
      const type = row.results[0]!;
      const bytes =
        type === 'i64'
          ? new BigInt64Array([BigInt(expected)])
          : type === 'f32'
            ? new Float32Array([Number(expected)])
            : new Int32Array([Number(expected)]);
      const actual = run(operands.map(bytesOf));
      actual.fill(0, type === 'i64' ? 8 : 4);
      expectSame(actual, bytesOf(bytes), type === 'f32', `${name}(${values})`);
    }
  });
});

describe('vector instructions compute what the specification says', () => {
  it.each(Object.keys(VECTOR_MODELS) as InstructionName[])('%s', (name) => {
    const row: Row = INSTRUCTIONS[name];
    const { operand, result, imm, apply } = VECTOR_MODELS[name]!;
    const run = throughMemory(name, imm ?? []);
    let tested = 0;
    for (const operands of tuples(row.params.map((t) => samples(t, operand)))) {
      const expected = apply(...operands.map(bytesOf).map((b) => b.buffer as ArrayBuffer));
      if (expected === undefined) continue;
      const actual = run(operands.map(bytesOf));
      if (row.results[0] !== 'v128') actual.fill(0, row.results[0] === 'i64' ? 8 : 4);
      expectSame(actual, bytesOf(expected), result === 'f32', `${name}(${operands.map((o) => `[${o}]`)})`);
      tested++;
    }
    expect(tested).toBeGreaterThan(row.params.length > 0 ? 3 : 0);
  });
});

/** Runs `f`, given a memory with bytes 1, 2, 3 ... 255 at addresses 0 .. 254, and gives the first 64 bytes at 256. */
function overMemory(build: (f: FunctionBuilder) => void, shared = false): Uint8Array {
  const limits = { initial: 1, maximum: 2, shared };
  const module = new ModuleBuilder()
    .memory(limits)
    .exportMemory('memory')
    .data(
      0,
      Uint8Array.from({ length: 255 }, (_, i) => i + 1),
    );
  const { index, builder } = module.function('f', [], []);
  build(builder);
  builder.end();
  const { exports } = new engine.Instance(new engine.Module(module.exportFunction('f', index).toBytes()), {});
  (exports.f as () => void)();
  return new Uint8Array((exports.memory as { buffer: ArrayBuffer }).buffer, 256, 64).slice();
}

const extend = (bytes: number, at: number, signed: boolean): bigint => {
  let value = 0n;
  for (let i = bytes - 1; i >= 0; i--) value = (value << 8n) | BigInt(at + i + 1);
  return signed ? BigInt.asIntN(8 * bytes, value) : value;
};

describe('loads and stores', () => {
  const scalarLoads = names.filter((n) => /^[if](32|64)(\.atomic)?\.load/.test(n));
  it.each(scalarLoads)('%s', (name) => {
    const row: Row = INSTRUCTIONS[name];
    const type = row.results[0] as 'i32' | 'i64' | 'f32';
    const at = 120;
    const result = overMemory((f) => {
      f.emit('i32.const', 256).emit('i32.const', at - 8);
      emitAny(f, name, [8]).emit(`${type}.store`, 0);
    }, row.prefix === 0xfe);
    const value = new BigInt64Array([extend(1 << row.size, at, name.endsWith('_s'))]);
    const width = type === 'i64' ? 8 : 4;
    expect([...result.slice(0, width)]).toEqual([...new Uint8Array(value.buffer, 0, width)]);
  });

  const scalarStores = names.filter((n) => /^[if](32|64)(\.atomic)?\.store/.test(n));
  it.each(scalarStores)('%s', (name) => {
    const row: Row = INSTRUCTIONS[name];
    const type = row.params[1] as 'i32' | 'i64' | 'f32';
    const result = overMemory((f) => {
      f.emit('i32.const', 248).emit('i32.const', 0).emit(`${type}.load`, 0);
      emitAny(f, name, [8]);
    }, row.prefix === 0xfe);
    const width = 1 << row.size;
    expect([...result.slice(0, 9)]).toEqual(Array.from({ length: 9 }, (_, i) => (i < width ? i + 1 : 0)));
  });

  const vectorLoad = (name: InstructionName, imm: readonly unknown[], at: number) =>
    overMemory((f) => {
      f.emit('i32.const', 256).emit('i32.const', at - 8);
      if (INSTRUCTIONS[name].imm === 'memlane') f.emit('v128.const', Array(16).fill(200));
      emitAny(f, name, imm).emit('v128.store', 0);
    }).slice(0, 16);

  it.each(names.filter((n) => /^v128\.load(\d+x\d+_[su])$/.test(n)))('%s', (name) => {
    const [, width, count, sign] = /(\d+)x(\d+)_([su])/.exec(name)!;
    const narrow = Number(width) / 8;
    const lanes = Array.from({ length: Number(count) }, (_, i) => extend(narrow, 120 + i * narrow, sign === 's'));
    const bytes = lanes.flatMap((v) => [...new Uint8Array(new BigInt64Array([v]).buffer, 0, 2 * narrow)]);
    expect([...vectorLoad(name, [8], 120)]).toEqual(bytes);
  });

  it.each(names.filter((n) => /^v128\.load(\d+_(splat|zero))?$/.test(n)))('%s', (name) => {
    const width = 1 << INSTRUCTIONS[name].size;
    const expected = Array.from({ length: 16 }, (_, i) =>
      name.endsWith('splat') ? 121 + (i % width) : i < width ? 121 + i : 0,
    );
    expect([...vectorLoad(name, [8], 120)]).toEqual(expected);
  });

  it.each(names.filter((n) => /^v128\.load\d+_lane$/.test(n)))('%s', (name) => {
    const { size, lanes } = INSTRUCTIONS[name] as Row;
    const width = 1 << size;
    for (let lane = 0; lane < lanes; lane++) {
      const expected = Array(16).fill(200);
      for (let i = 0; i < width; i++) expected[lane * width + i] = 121 + i;
      expect([...vectorLoad(name, [8, lane], 120)]).toEqual(expected);
    }
  });

  it.each(names.filter((n) => /^v128\.store(\d+_lane)?$/.test(n)))('%s', (name) => {
    const { size, lanes } = INSTRUCTIONS[name] as Row;
    const width = 1 << size;
    for (let lane = 0; lane < Math.max(lanes, 1); lane++) {
      const result = overMemory((f) => {
        f.emit('i32.const', 248).emit('i32.const', 0).emit('v128.load', 0);
        emitAny(f, name, lanes > 0 ? [8, lane] : [8]);
      });
      expect([...result.slice(0, 17)]).toEqual(
        Array.from({ length: 17 }, (_, i) => (i < width ? lane * width + i + 1 : 0)),
      );
    }
  });

  it('copies, fills and grows memory', () => {
    const result = overMemory((f) => {
      f.emit('i32.const', 256).emit('i32.const', 10).emit('i32.const', 3).emit('memory.copy');
      f.emit('i32.const', 260).emit('i32.const', 7).emit('i32.const', 2).emit('memory.fill');
      f.emit('i32.const', 264).emit('i32.const', 1).emit('memory.grow').emit('memory.size').emit('i32.add');
      f.emit('i32.store', 0);
    });
    expect([...result.slice(0, 12)]).toEqual([11, 12, 13, 0, 7, 7, 0, 0, 3, 0, 0, 0]);
  });
});

describe('atomics', () => {
  const rmw = names.filter((n) => n.startsWith('i32.atomic.rmw') && !n.endsWith('cmpxchg'));
  it.each(rmw)('%s', (name) => {
    const models: Record<string, (a: number, b: number) => number> = {
      add: (a, b) => a + b,
      sub: (a, b) => a - b,
      and: (a, b) => a & b,
      or: (a, b) => a | b,
      xor: (a, b) => a ^ b,
      xchg: (_, b) => b,
    };
    const result = overMemory((f) => {
      f.emit('i32.const', 256).emit('i32.const', 0x5a5a).emit('i32.store', 8);
      f.emit('i32.const', 256).emit('i32.const', 256).emit('i32.const', 0x1234);
      emitAny(f, name, [8]).emit('i32.store', 0);
    }, true);
    const words = new Int32Array(result.buffer);
    expect([words[0], words[2]]).toEqual([0x5a5a, models[name.split('.').at(-1)!]!(0x5a5a, 0x1234) | 0]);
  });

  it('i32.atomic.rmw.cmpxchg writes only over the expected value', () => {
    const result = overMemory((f) => {
      for (const [at, expected] of [
        [0, 0],
        [4, 9],
      ] as const) {
        f.emit('i32.const', 256).emit('i32.const', 256).emit('i32.const', expected).emit('i32.const', 5);
        f.emit('i32.atomic.rmw.cmpxchg', at).emit('i32.store', at + 8);
      }
    }, true);
    expect([...new Int32Array(result.buffer).slice(0, 4)]).toEqual([5, 0, 0, 0]);
  });

  it('wait gives 1 for another value and 2 after its time, notify the number of sleepers', () => {
    const result = overMemory((f) => {
      f.emit('i32.const', 256).emit('i32.const', 512).emit('i32.const', 1).emit('i64.const', -1n);
      f.emit('memory.atomic.wait32', 0).emit('i32.store', 0);
      f.emit('i32.const', 256).emit('i32.const', 512).emit('i32.const', 0).emit('i64.const', 1000n);
      f.emit('memory.atomic.wait32', 0).emit('i32.store', 4);
      f.emit('i32.const', 256).emit('i32.const', 512).emit('i32.const', 3).emit('memory.atomic.notify', 0);
      f.emit('i32.store', 8).emit('atomic.fence');
    }, true);
    expect([...new Int32Array(result.buffer).slice(0, 3)]).toEqual([1, 2, 0]);
  });
});

describe('constants', () => {
  const constant = (name: 'i32.const' | 'i64.const' | 'f32.const', value: number | bigint) => {
    const module = new ModuleBuilder();
    const { index, builder } = module.function('f', [], [name.slice(0, 3) as ValType]);
    emitAny(builder, name, [value]).end();
    const { exports } = new engine.Instance(new engine.Module(module.exportFunction('f', index).toBytes()), {});
    return (exports.f as () => unknown)();
  };
  it('keeps every bit', () => {
    for (const edge of [0, 63, 64, 127, 128, 8191, 8192, 2 ** 20, 2 ** 31 - 1]) {
      for (const v of [edge, -edge, ~edge]) expect(constant('i32.const', v)).toBe(v | 0);
    }
    expect(constant('i32.const', 0xffff_ffff)).toBe(-1);
    for (const v of I64) expect(constant('i64.const', v)).toBe(v);
    for (const v of F32) expect(constant('f32.const', v)).toBe(Math.fround(v));
  });
});

describe('errors while emitting', () => {
  const build = (params: ValType[], results: ValType[], body: (f: FunctionBuilder) => void) => () => {
    const module = new ModuleBuilder();
    body(module.function('bad', params, results).builder);
    return module.toBytes();
  };
  it.each([
    [
      'a wrong type',
      /"bad".*i32\.add takes i32, found f32/,
      ['f32'],
      [],
      (f) => f.get(0).emit('i32.const', 1).get(0).emit('i32.add'),
    ],
    ['an empty stack', /f32x4\.add takes v128, the operand stack is empty/, [], [], (f) => f.emit('f32x4.add')],
    [
      'a value below the block',
      /i32\.eqz takes i32, the operand stack is empty/,
      ['i32'],
      [],
      (f) => f.get(0).block().emit('i32.eqz'),
    ],
    ['too many values', /end: 1 values too many/, ['i32'], [], (f) => f.get(0).end()],
    ['a missing result', /end takes v128/, [], ['v128'], (f) => f.end()],
    ['no end', /is not ended/, [], [], (f) => f.block().end()],
    ['an unknown local', /no local 3/, [], [], (f) => f.get(3)],
    ['an unknown block', /no block at depth 2/, ['i32'], [], (f) => f.get(0).brIf(2)],
    ['a lane too high', /lanes 0 \.\. 3, got 4/, ['v128'], [], (f) => f.get(0).emit('i32x4.extract_lane', 4)],
    ['a wrong shuffle', /16 integers below 32/, ['v128'], [], (f) => f.get(0).get(0).emit('i8x16.shuffle', [1])],
    ['a negative offset', /not an unsigned/, ['i32'], [], (f) => f.get(0).emit('i32.load', -4)],
    ['an unknown function', /no function 9/, [], [], (f) => f.call(9)],
    ['if without else', /has no else/, ['i32'], ['i32'], (f) => f.get(0).if('i32').get(0).end()],
    ['else without if', /else without if/, [], [], (f) => f.block().else()],
    ['a set of another type', /local\.set takes i32, found f32/, ['i32', 'f32'], [], (f) => f.get(1).set(0)],
  ] as [string, RegExp, ValType[], ValType[], (f: FunctionBuilder) => void][])(
    '%s',
    (_, message, params, results, body) => {
      expect(build(params, results, body)).toThrow(message);
    },
  );

  it('refuses a shared memory without a maximum', () => {
    expect(() => new ModuleBuilder().memory({ initial: 1, shared: true }).toBytes()).toThrow(/maximum/);
  });
});

describe('control', () => {
  it('runs blocks, loops, branches, calls, selects and tees', () => {
    // gcd by subtraction, then a call that doubles it
    const module = new ModuleBuilder();
    const log = module.importFunction('env', 'log', ['i32'], []);
    const double = module.function('double', ['i32'], ['i32']);
    double.builder.get(0).get(0).emit('i32.add').return().end();
    const { index, builder: f } = module.function('gcd', ['i32', 'i32'], ['i32']);
    f.block().loop();
    f.get(0).get(1).emit('i32.eq').brIf(1);
    f.get(0).get(1).emit('i32.gt_s').if();
    f.get(0).get(1).emit('i32.sub').set(0);
    f.else();
    f.get(1).get(0).emit('i32.sub').set(1);
    f.end();
    f.get(0).call(log).br(0);
    f.end().end();
    f.get(0).call(double.index).set(1).get(1).drop();
    f.get(1).emit('i32.const', -1).get(0).select('i32').end();
    const seen: number[] = [];
    const imports = { env: { log: (x: number) => seen.push(x) } };
    const bytes = module.exportFunction('gcd', index).toBytes();
    const { exports } = new engine.Instance(new engine.Module(bytes), imports);
    expect((exports.gcd as (a: number, b: number) => number)(12, 18)).toBe(12);
    expect(seen).toEqual([12, 6]);
  });

  it('selects vectors', () => {
    const result = overMemory((f) => {
      f.emit('i32.const', 256);
      f.emit('v128.const', Array(16).fill(1)).emit('v128.const', Array(16).fill(2)).emit('i32.const', 0).select('v128');
      f.emit('v128.store', 0);
    });
    expect([...result.slice(0, 16)]).toEqual(Array(16).fill(2));
  });

  it('turns a get after a set into a tee, once', () => {
    const result = overMemory((f) => {
      const local = f.local('i32');
      f.emit('i32.const', 256).emit('i32.const', 5).set(local).get(local).get(local).emit('i32.mul').get(local);
      f.emit('i32.add').emit('i32.store', 0);
    });
    expect(result[0]).toBe(30);
  });

  it('accepts dead code after a branch', () => {
    const module = new ModuleBuilder();
    const { builder } = module.function('f', [], ['i32']);
    builder.emit('unreachable').emit('i32.add').end();
    expect(engine.validate(module.toBytes())).toBe(true);
  });
});
