import { expect, it } from 'vitest';
import { Assembler, mem, r8, rax, rbx, rcx, rdi, rdx, rsi, rsp, xmm } from '../../src/asm/x64/index.ts';
import type { ThreadStep } from '../../src/codegen/x64/records.ts';
import { mapCode } from '../../src/runtime/native/code.ts';
import { platform } from '../../src/runtime/native/load.ts';
import type { Platform } from '../../src/runtime/native/platform.ts';
import { Pool } from '../../src/targets/pool.ts';

const native = platform();

/** A function of the System V ABI that calls one of the Windows ABI, and crashes if a register is not preserved. */
function callWindows(target: number): number {
  const a = new Assembler();
  const broken = a.label();
  a.emit('push', [rbx]);
  a.emit('sub', [rsp, 48]);
  a.emit('mov', [rcx, rdi]);
  a.emit('mov', [rbx, 0x1111]);
  a.emit('mov', [rsi, 0x2222]);
  a.emit('mov', [rdi, 0x3333]);
  for (let i = 6; i < 16; i++) {
    a.emit('mov', [rax, 1000 + i]);
    a.emit('vmovq', [xmm(i), rax]);
  }
  a.emit('mov', [rax, target]);
  a.call(rax);
  for (const [register, value] of [
    [rbx, 0x1111],
    [rsi, 0x2222],
    [rdi, 0x3333],
  ] as const) {
    a.emit('cmp', [register, value]);
    a.jcc('ne', broken);
  }
  for (let i = 6; i < 16; i++) {
    a.emit('vmovq', [rax, xmm(i)]);
    a.emit('cmp', [rax, 1000 + i]);
    a.jcc('ne', broken);
  }
  a.emit('add', [rsp, 48]);
  a.emit('pop', [rbx]);
  a.ret();
  a.bind(broken);
  a.emit('ud2');
  return mapCode(native, a.finish()).address;
}

/** A function of the Windows ABI that calls one of the System V ABI, and uses its shadow space as Windows may. */
function offerWindows(target: number): number {
  const a = new Assembler();
  for (let i = 0; i < 4; i++) a.emit('mov', [mem(rsp, 8 + 8 * i), -1]);
  a.emit('push', [rdi]);
  a.emit('push', [rsi]);
  a.emit('sub', [rsp, 8]);
  a.emit('mov', [rdi, rcx]);
  a.emit('mov', [rsi, rdx]);
  a.emit('mov', [rdx, r8]);
  a.emit('mov', [rax, target]);
  a.call(rax);
  a.emit('add', [rsp, 8]);
  a.emit('pop', [rsi]);
  a.emit('pop', [rdi]);
  a.ret();
  return mapCode(native, a.finish()).address;
}

it.runIf(native.abi === 'sysv')('the driver for Windows keeps to the ABI of Windows', async () => {
  const { wait, post, yield: giveWay } = native.waiting;
  const windows: Platform = {
    ...native,
    abi: 'win64',
    callable: (address, arity) => native.callable(callWindows(address), arity),
    startThread: (code, argument) => native.startThread(callWindows(code), argument),
    waiting: {
      ...native.waiting,
      wait: offerWindows(wait),
      post: offerWindows(post),
      yield: offerWindows(giveWay),
    },
  };
  // Four threads on two cores at most, so that they block and yield.
  const pool = new Pool(windows, 4, 2);
  const bytes = native.pageBytes;
  const memory = native.map(bytes)!;
  const words = new BigInt64Array(native.view(memory, bytes));
  const a = new Assembler();
  a.emit('mov', [rax, mem(rdi)]);
  a.emit('inc', [mem(rax, 0, rsi, 8)]);
  // Kernels save nothing.
  for (const register of [rbx, rsi, rdi]) a.emit('mov', [register, -1]);
  for (let i = 6; i < 16; i++) a.emit('vxorps', [xmm(i), xmm(i), xmm(i)]);
  a.ret();
  const kernel = mapCode(native, a.finish());
  const list = (t: number): ThreadStep[] =>
    Array.from({ length: 50 }, (): ThreadStep[] => [
      { kind: 'call', call: { kernel: 0, args: [{ slot: 0, offset: 0 }], cost: 1 }, begin: t, end: t + 1 },
      { kind: 'barrier' },
    ]).flat();
  const tables = pool.load([0, 1, 2, 3].map(list), { kernels: [kernel.address], slots: () => [memory] });
  for (let i = 0; i < 20; i++) {
    pool.run(tables);
    if (i % 5 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(Array.from(words.subarray(0, 5), Number)).toEqual([1000, 1000, 1000, 1000, 0]);
  tables.free();
  pool.dispose();
});
