import {
  Assembler,
  type Gpr,
  mem,
  r8,
  r9,
  r12,
  r13,
  r14,
  r15,
  rax,
  rbp,
  rbx,
  rcx,
  rdi,
  rdx,
  rsi,
  rsp,
  xmm,
} from '../../asm/x64/index.ts';

/**
 * The code that runs programs: one for a pool of threads, the same for all programs.
 *
 * What a thread does in a program is a list of records in memory. A record starts with the address of its handler; a
 * handler ends by jumping to the next record's (threaded code), so a call costs two loads and two jumps more than
 * straight-line code would, and loading a program generates no code of its own. Tables in `records.ts`.
 *
 * Between programs, workers watch an epoch counter, first spinning, then blocked on a semaphore. A barrier is a
 * dissemination barrier (Hensgen, Finkel, Manber 1988): in round r, thread t tells thread t + 2^r and hears from thread
 * t - 2^r, so nobody writes what somebody else writes, and no locked instruction is needed.
 */
export interface DriverOptions {
  readonly abi: 'sysv' | 'win64';
  readonly threads: number;
  /** Address of the pool's control block, of `controlBytes(threads)` bytes, zeroed, aligned to 64. */
  readonly control: number;
  /** Addresses of the functions to block with; see `Waiting` in `runtime/native/platform.ts`. */
  readonly wait: number;
  readonly post: number;
  readonly yield: number;
  /** Ticks of the time stamp counter for which an idle worker watches the epoch before it blocks. */
  readonly idleTicks: number;
  /** Ticks for which a thread spins, at a barrier or idle, before it lets others run. */
  readonly spinTicks: number;
}

/** Offsets into the code. */
export interface Driver {
  readonly code: Uint8Array;
  /** `run(tables)`: wakes the workers and runs `tables[t]` on thread t; the caller is thread 0. */
  readonly run: number;
  /** `solo(tables)`: runs `tables[0]` on the caller alone. */
  readonly solo: number;
  /** Start routine of a worker; its argument is the address of its area. */
  readonly worker: number;
  readonly handlers: Handlers;
}

/** Where a record's first word points. The words that follow are given here; they are 8 bytes each. */
export interface Handlers {
  /** kernel, begin, end, next record, arguments... */
  readonly call: number;
  /** kernel, next record, arguments, end of the ranges, then for each range (see `records.ts`) six words, arguments... */
  readonly shared: number;
  /** no words */
  readonly barrier: number;
  /** n, then n times: address, what to add to the word there */
  readonly add: number;
  /** remaining, count, first record of the body */
  readonly loop: number;
  /** no words: the end of a list: returns to the caller of `run`, ends the thread of a worker */
  readonly done: number;
  /** no words: the end of a list after which a worker waits for the next program */
  readonly idle: number;
}

const LINE = 64;
/** The control block: a line that the main thread writes, then an area for each thread. */
const EPOCH = 0;
const TABLES = 8;
const AREA_START = 2 * LINE;
/** A thread's area: words of its own; the flag that the waker reads; an inbox for each round of the barrier. */
const PHASE = 0;
const SEEN = 8;
const SEMAPHORE = 16;
const TABLE_OFFSET = 24;
const OUTBOXES = 64;
const ASLEEP = 3 * LINE;
const INBOXES = 4 * LINE;
const MAX_ROUNDS = 12;
const AREA_BYTES = INBOXES + MAX_ROUNDS * LINE;

/** The most threads a pool can have. */
export const MAX_THREADS = 2 ** MAX_ROUNDS;

export function controlBytes(threads: number): number {
  return AREA_START + threads * AREA_BYTES;
}

/** Address of a thread's area. */
export function areaAddress(control: number, thread: number): number {
  return control + AREA_START + thread * AREA_BYTES;
}

/** Fills the words of the control block that never change. `words` covers the block. */
export function initControl(words: BigUint64Array, control: number, semaphores: readonly number[]): void {
  const threads = semaphores.length;
  for (let t = 0; t < threads; t++) {
    const area = (areaAddress(control, t) - control) / 8;
    words[area + SEMAPHORE / 8] = BigInt(semaphores[t]!);
    words[area + TABLE_OFFSET / 8] = BigInt(8 * t);
    for (let round = 0; round < rounds(threads); round++) {
      const partner = areaAddress(control, (t + 2 ** round) % threads);
      words[area + OUTBOXES / 8 + round] = BigInt(partner + INBOXES + round * LINE);
    }
  }
}

function rounds(threads: number): number {
  return Math.ceil(Math.log2(threads));
}

/** The stack frame of a thread that runs records, at a multiple of 64 as kernels want it; below, a callee's shadow space (Windows). */
const FRAME_NEXT = 32;
const FRAME_AREA = 40;
const FRAME_STACK = 48;
const FRAME_RANGE = 56;
const FRAME_BYTES = 64;

/** Generates the driver of a pool. */
export function generateDriver(options: DriverOptions): Driver {
  const a = new Assembler();
  const d: Context = { a, options, rounds: rounds(options.threads) };
  const run = emitRun(d);
  const solo = emitSolo(d);
  const { worker, idle } = emitWorker(d);
  const handlers = {
    call: emitCall(d),
    shared: emitShared(d),
    barrier: emitBarrier(d),
    add: emitAdd(d),
    loop: emitLoop(d),
    done: emitReturn(d),
    idle,
  };
  return { code: a.finish(), run, solo, worker, handlers };
}

interface Context {
  readonly a: Assembler;
  readonly options: DriverOptions;
  readonly rounds: number;
}

/** In a handler: rbx is the record, rbp the thread's area (not after a kernel). */
function next({ a }: Context): void {
  a.emit('jmp', [mem(rbx)]);
}

function begin({ a }: Context): number {
  a.align(16);
  return a.position;
}

const SAVED: Record<DriverOptions['abi'], readonly Gpr[]> = {
  sysv: [rbx, rbp, r12, r13, r14, r15],
  win64: [rbx, rbp, r12, r13, r14, r15, rdi, rsi],
};
const WIN64_SAVED_VECTORS = 10;

function enter(d: Context): void {
  const { a, options } = d;
  for (const r of SAVED[options.abi]) a.emit('push', [r]);
  if (options.abi === 'win64') {
    a.emit('sub', [rsp, WIN64_SAVED_VECTORS * 16]);
    for (let i = 0; i < WIN64_SAVED_VECTORS; i++) a.emit('vmovups', [mem(rsp, 16 * i), xmm(6 + i)]);
    a.emit('mov', [rdi, rcx]);
  }
  a.emit('mov', [rax, rsp]);
  a.emit('sub', [rsp, FRAME_BYTES]);
  a.emit('and', [rsp, -64]);
  a.emit('mov', [mem(rsp, FRAME_STACK), rax]);
}

function emitReturn(d: Context): number {
  const { a, options } = d;
  const at = begin(d);
  a.emit('vzeroupper');
  a.emit('mov', [rsp, mem(rsp, FRAME_STACK)]);
  if (options.abi === 'win64') {
    for (let i = 0; i < WIN64_SAVED_VECTORS; i++) a.emit('vmovups', [xmm(6 + i), mem(rsp, 16 * i)]);
    a.emit('add', [rsp, WIN64_SAVED_VECTORS * 16]);
  }
  for (const r of SAVED[options.abi].toReversed()) a.emit('pop', [r]);
  a.emit('xorl', [rax, rax]);
  a.ret();
  return at;
}

/** Calls a C function; clobbers what C may clobber. */
function callC({ a, options }: Context, address: number, args: readonly (Gpr | number | 'memory')[]): void {
  const registers = options.abi === 'sysv' ? [rdi, rsi, rdx] : [rcx, rdx, r8];
  args.forEach((arg, i) => {
    if (arg === 'memory') a.emit('mov', [registers[i]!, mem(rbp, SEMAPHORE)]);
    else a.emit('mov', [registers[i]!, arg]);
  });
  a.emit('mov', [rax, address]);
  a.call(rax);
}

function emitSolo(d: Context): number {
  const { a, options } = d;
  const at = begin(d);
  enter(d);
  a.emit('mov', [rbp, areaAddress(options.control, 0)]);
  a.emit('mov', [mem(rsp, FRAME_AREA), rbp]);
  a.emit('mov', [rbx, mem(rdi)]);
  next(d);
  return at;
}

function emitRun(d: Context): number {
  const { a, options } = d;
  const at = begin(d);
  enter(d);
  a.emit('mov', [r13, rdi]);
  a.emit('mov', [r9, options.control]);
  a.emit('mov', [mem(r9, TABLES), r13]);
  // The locked instruction is also the fence between this store and the loads of the flags below (see emitWorker).
  a.emit('lock inc', [mem(r9, EPOCH)]);
  if (options.threads > 1) {
    const loop = a.label();
    const awake = a.label();
    a.emit('mov', [rbp, areaAddress(options.control, 1)]);
    a.emit('mov', [r12, options.threads - 1]);
    a.bind(loop);
    a.emit('cmpl', [mem(rbp, ASLEEP), 0]);
    a.jcc('e', awake);
    a.emit('xorl', [rax, rax]);
    a.emit('xchgl', [mem(rbp, ASLEEP), rax]);
    a.emit('testl', [rax, rax]);
    a.jcc('e', awake);
    callC(d, options.post, ['memory', 1, 0]);
    a.bind(awake);
    a.emit('add', [rbp, AREA_BYTES]);
    a.emit('dec', [r12]);
    a.jcc('ne', loop);
  }
  a.emit('mov', [rbp, areaAddress(options.control, 0)]);
  a.emit('mov', [mem(rsp, FRAME_AREA), rbp]);
  a.emit('mov', [rbx, mem(r13)]);
  next(d);
  return at;
}

/**
 * A worker sets ASLEEP, then looks at the epoch; the main thread raises the epoch, then looks at ASLEEP. With a fence between
 * the two on either side, at least one sees the other. A post that comes too late makes the next wait return early.
 */
function emitWorker(d: Context): { worker: number; idle: number } {
  const { a, options } = d;
  const worker = begin(d);
  enter(d);
  a.emit('mov', [mem(rsp, FRAME_AREA), rdi]);
  const idle = begin(d);
  const go = a.label();
  const sleep = a.label();
  const wake = a.label();
  a.emit('vzeroupper');
  a.emit('mov', [rbp, mem(rsp, FRAME_AREA)]);
  a.emit('mov', [r12, mem(rbp, SEEN)]);
  a.emit('mov', [r13, options.control]);
  // The system may have put this thread on the core of the main one, so it must not keep it for long.
  const again = a.label();
  clock(d);
  a.emit('lea', [r15, mem(rax, options.idleTicks)]);
  a.bind(again);
  spin(d, options.spinTicks, () => {
    a.emit('cmp', [mem(r13, EPOCH), r12]);
    a.jcc('ne', go);
  });
  callC(d, options.yield, []);
  clock(d);
  a.emit('cmp', [rax, r15]);
  a.jcc('b', again);
  a.bind(sleep);
  a.emit('movl', [rax, 1]);
  a.emit('xchgl', [mem(rbp, ASLEEP), rax]);
  a.emit('cmp', [mem(r13, EPOCH), r12]);
  a.jcc('ne', wake);
  callC(d, options.wait, ['memory', -1]);
  a.bind(wake);
  a.emit('xorl', [rax, rax]);
  a.emit('xchgl', [mem(rbp, ASLEEP), rax]);
  a.emit('cmp', [mem(r13, EPOCH), r12]);
  a.jcc('e', sleep);
  a.bind(go);
  a.emit('inc', [r12]);
  a.emit('mov', [mem(rbp, SEEN), r12]);
  a.emit('mov', [rax, mem(r13, TABLES)]);
  a.emit('add', [rax, mem(rbp, TABLE_OFFSET)]);
  a.emit('mov', [rbx, mem(rax)]);
  next(d);
  return { worker, idle };
}

/** Polls between two looks at the clock, which costs as much as several polls. */
const POLLS = 8;

/** Repeats `poll` for so many ticks of the time stamp counter. Clobbers rax, rcx, rdx, r14. */
function spin(d: Context, ticks: number, poll: () => void): void {
  const { a } = d;
  const again = a.label();
  const inner = a.label();
  clock(d);
  a.emit('lea', [r14, mem(rax, ticks)]);
  a.bind(again);
  a.emit('movl', [rcx, POLLS]);
  a.bind(inner);
  poll();
  a.emit('pause');
  a.emit('decl', [rcx]);
  a.jcc('ne', inner);
  clock(d);
  a.emit('cmp', [rax, r14]);
  a.jcc('b', again);
}

/** rax: the time stamp counter. Clobbers rdx. */
function clock({ a }: Context): void {
  a.emit('rdtsc');
  a.emit('shl', [rdx, 32]);
  a.emit('or', [rax, rdx]);
}

function emitCall(d: Context): number {
  const { a } = d;
  const at = begin(d);
  a.emit('mov', [rcx, mem(rbx, 32)]);
  a.emit('mov', [rax, mem(rbx, 8)]);
  a.emit('mov', [rsi, mem(rbx, 16)]);
  a.emit('mov', [rdx, mem(rbx, 24)]);
  a.emit('lea', [rdi, mem(rbx, 40)]);
  a.emit('mov', [mem(rsp, FRAME_NEXT), rcx]);
  a.call(rax);
  a.emit('mov', [rbx, mem(rsp, FRAME_NEXT)]);
  next(d);
  return at;
}

/** Words of a range in a record of a shared call: bytes from its start. */
const COUNTER = 0;
const BASE = 8;
const BEGIN = 16;
const END = 24;
const CHUNK = 32;
const ADVANCE = 40;
const RANGE_BYTES = 48;

/**
 * Takes chunks of a thread's own range until it is exhausted, then of the others'. A range's counter is never set back: each
 * thread knows its value before this execution (`BASE`), since every one takes until it finds nothing.
 */
function emitShared(d: Context): number {
  const { a } = d;
  const at = begin(d);
  const take = a.label();
  const exhausted = a.label();
  a.emit('lea', [r12, mem(rbx, 40)]);
  a.bind(take);
  a.emit('mov', [rax, mem(r12, COUNTER)]);
  a.emit('mov', [rsi, mem(r12, CHUNK)]);
  a.emit('mov', [rdx, rsi]);
  a.emit('lock xadd', [mem(rax), rdx]);
  a.emit('sub', [rdx, mem(r12, BASE)]);
  a.emit('add', [rdx, mem(r12, BEGIN)]);
  a.emit('cmp', [rdx, mem(r12, END)]);
  a.jcc('ge', exhausted);
  a.emit('lea', [rcx, mem(rdx, 0, rsi, 1)]);
  a.emit('cmp', [rcx, mem(r12, END)]);
  a.emit('cmovg', [rcx, mem(r12, END)]);
  a.emit('mov', [rsi, rdx]);
  a.emit('mov', [rdx, rcx]);
  a.emit('mov', [rax, mem(rbx, 8)]);
  a.emit('mov', [rdi, mem(rbx, 24)]);
  a.emit('mov', [mem(rsp, FRAME_NEXT), rbx]);
  a.emit('mov', [mem(rsp, FRAME_RANGE), r12]);
  a.call(rax);
  a.emit('mov', [rbx, mem(rsp, FRAME_NEXT)]);
  a.emit('mov', [r12, mem(rsp, FRAME_RANGE)]);
  a.jmp(take);
  a.bind(exhausted);
  a.emit('mov', [rax, mem(r12, ADVANCE)]);
  a.emit('add', [mem(r12, BASE), rax]);
  a.emit('add', [r12, RANGE_BYTES]);
  a.emit('cmp', [r12, mem(rbx, 32)]);
  a.jcc('b', take);
  a.emit('mov', [rbx, mem(rbx, 16)]);
  next(d);
  return at;
}

function emitBarrier(d: Context): number {
  const { a, options } = d;
  const at = begin(d);
  a.emit('mov', [rbp, mem(rsp, FRAME_AREA)]);
  a.emit('mov', [r12, mem(rbp, PHASE)]);
  a.emit('inc', [r12]);
  a.emit('mov', [mem(rbp, PHASE), r12]);
  for (let round = 0; round < d.rounds; round++) {
    const heard = a.label();
    const again = a.label();
    const inbox = mem(rbp, INBOXES + round * LINE);
    a.emit('mov', [rax, mem(rbp, OUTBOXES + 8 * round)]);
    a.emit('mov', [mem(rax), r12]);
    // Most partners are there already, or nearly.
    a.emit('cmp', [inbox, r12]);
    a.jcc('ge', heard);
    a.bind(again);
    spin(d, options.spinTicks, () => {
      a.emit('cmp', [inbox, r12]);
      a.jcc('ge', heard);
    });
    a.emit('vzeroupper');
    callC(d, options.yield, []);
    a.jmp(again);
    a.bind(heard);
  }
  a.emit('add', [rbx, 8]);
  next(d);
  return at;
}

function emitAdd(d: Context): number {
  const { a } = d;
  const at = begin(d);
  const loop = a.label();
  a.emit('mov', [rcx, mem(rbx, 8)]);
  a.emit('add', [rbx, 16]);
  a.bind(loop);
  a.emit('mov', [rax, mem(rbx)]);
  a.emit('mov', [rdx, mem(rbx, 8)]);
  a.emit('add', [mem(rax), rdx]);
  a.emit('add', [rbx, 16]);
  a.emit('dec', [rcx]);
  a.jcc('ne', loop);
  next(d);
  return at;
}

function emitLoop(d: Context): number {
  const { a } = d;
  const at = begin(d);
  const done = a.label();
  a.emit('dec', [mem(rbx, 8)]);
  a.jcc('e', done);
  a.emit('mov', [rbx, mem(rbx, 24)]);
  next(d);
  a.bind(done);
  a.emit('mov', [rax, mem(rbx, 16)]);
  a.emit('mov', [mem(rbx, 8), rax]);
  a.emit('add', [rbx, 32]);
  next(d);
  return at;
}
