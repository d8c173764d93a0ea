import { describe, test } from 'vitest';
import { KernelBuilder } from '../../src/kernel/builder.ts';
import { affine, type Kernel, type OpName, type ValueId, type VType } from '../../src/kernel/ir.ts';
import { OPS } from '../../src/kernel/ops.ts';
import { compare } from './x64-compare.ts';
import { type Data, runs, TARGETS } from './x64-run.ts';

const f32 = (bits: number) => new Float32Array(new Uint32Array([bits]).buffer)[0]!;
const FLOATS = Float32Array.from([
  0, -0, 1, -1, 1.5, -1.5, 2.5, -2.5, 0.5, -0.5, 3.75, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e-45, -1e-45,
  f32(0x007fffff), f32(0x00800000), f32(0x7f7fffff), f32(0xff7fffff), 2147483648, -2147483648, 2147483520, 3e9, 8388609, 8388607.5,
  16777217, 1e-20, -1e20, 0.1, 1.0000001,
]); // biome-ignore format: values
const INTS = Int32Array.from([
  0, 1, -1, 2, 31, 32, 33, -31, 255, 256, 65535, 65537, 0x7fffffff, -0x80000000, -0x7fffffff, 0x55555555, 46341, -46341, 1 << 30,
]); // biome-ignore format: values
const OPERATIONS = (Object.keys(OPS) as OpName[]).filter(
  (op) => op !== 'shuffle' && op !== 'ishuffle' && op !== 'dot2',
);

/** Where the operands come from: memory (one use), registers (several uses), or one of them a constant. */
type Form = 'memory' | 'register' | { constant: number; value: number };

function operationKernel(lanes: number, op: OpName, form: Form, imm?: number): Kernel {
  const { args, result } = OPS[op];
  const b = new KernelBuilder(op, lanes, true);
  const at = affine(0, [b.item, lanes]);
  const inputs = args.map((type, i) => b.buffer(`in${i}`, type === 'f32' ? 'f32' : 'i32', 'r'));
  const again = args.map((type, i) => b.buffer(`again${i}`, type === 'f32' ? 'f32' : 'i32', 'w'));
  const out = b.buffer('out', result === 'f32' ? 'f32' : 'i32', 'w');
  const toMask = (v: ValueId) => b.op('ilt', v, b.int(0));
  const operand = (type: VType, i: number): ValueId => {
    if (typeof form === 'object' && form.constant === i) {
      if (type === 'f32') return b.float(form.value);
      return type === 'i32' ? b.int(form.value) : b.bool(form.value < 0);
    }
    const v = b.load(inputs[i]!, at);
    if (form === 'register') b.store(again[i]!, at, v);
    return type === 'mask' ? toMask(v) : v;
  };
  const values = args.map(operand);
  const value =
    imm === undefined
      ? b.op(op, ...values)
      : b.shift(op as 'ishlImm' | 'ishrImm' | 'isarImm' | 'irotlImm', values[0]!, imm);
  b.store(out, at, result === 'mask' ? b.op('iselect', value, b.int(-1), b.int(7)) : value);
  return b.finish(0);
}

/** Every combination of special values for the operands of an operation; whole vectors. */
function combinations(types: readonly VType[], lanes: number): { data: Data[]; items: number } {
  const pools = types.map((t) => (t === 'f32' ? FLOATS : INTS));
  const total = pools.reduce((n, p) => n * Math.min(p.length, types.length === 3 ? 17 : 64), 1);
  const items = Math.ceil(total / lanes);
  const data = pools.map((p) => new (p.constructor as Float32ArrayConstructor)(items * lanes) as Data);
  for (let i = 0; i < items * lanes; i++) {
    let rest = i;
    pools.forEach((p, j) => {
      data[j]![i] = p[(rest * (types.length === 3 ? 11 : 1)) % p.length]!;
      rest = Math.floor(rest / p.length);
    });
  }
  return { data, items };
}

function forms(op: OpName): Form[] {
  const constants = OPS[op].args.flatMap((type, i) =>
    (type === 'f32' ? [0, 1.5, Number.NaN, -1e-45] : [0, -1, 5, -0x80000000]).map((value) => ({ constant: i, value })),
  );
  return ['memory', 'register', ...constants];
}

describe.each(TARGETS)('operations on $name', (target) => {
  test.skipIf(!runs(target)).each(OPERATIONS)('%s', (op) => {
    const { args, result } = OPS[op];
    const imms = op.endsWith('Imm') ? [0, 1, 13, 31] : [undefined];
    for (const form of forms(op)) {
      for (const imm of imms) {
        const kernel = operationKernel(target.lanes, op, form, imm);
        const { data, items } = combinations(args, target.lanes);
        const again = data.map((d) => d.slice().fill(0) as Data);
        const out = result === 'f32' ? new Float32Array(items * target.lanes) : new Int32Array(items * target.lanes);
        compare({ ...kernel, domain: items }, target, [...data, ...again, out]);
      }
    }
  });
});
