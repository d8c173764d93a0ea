import type { Call } from '../../schedule/program.ts';
import type { Handlers } from './driver.ts';

/** What one thread does: its share of a program. */
export type ThreadStep =
  /** Items `begin` to `end` of a call. */
  | {
      readonly kind: 'call';
      readonly call: Call;
      readonly begin: number;
      readonly end: number;
      /** Where all threads have a part of the call, and help each other out: the same in all of their lists. */
      readonly shared?: Shared;
    }
  /** Waits until all threads are here; in the same places of all threads' lists. */
  | { readonly kind: 'barrier' }
  | { readonly kind: 'loop'; readonly count: number; readonly body: readonly ThreadStep[] };

/** The parts of a call that threads take from, in the order of the threads. */
export interface Shared {
  /** Distinct for each shared call of a program. */
  readonly id: number;
  readonly ranges: readonly { readonly begin: number; readonly end: number }[];
}

/** Pieces of a thread's part that are taken at a time. */
const PIECES = 8;
const LINE = 64;

/** Bytes of the counters of so many shared calls. */
export function counterBytes(shared: number, threads: number): number {
  return LINE * shared * threads;
}

/** How many shared calls a list has, by their ids. */
export function sharedCalls(steps: readonly ThreadStep[]): number {
  let n = 0;
  for (const step of steps) {
    if (step.kind === 'call' && step.shared) n = Math.max(n, step.shared.id + 1);
    else if (step.kind === 'loop') n = Math.max(n, sharedCalls(step.body));
  }
  return n;
}

/** Where things are, for one thread. */
export interface Addresses {
  readonly handlers: Handlers;
  /** Addresses of the kernels, by their number in the program. */
  readonly kernels: readonly number[];
  /** Addresses of the slots, by their number in the program. */
  readonly slots: readonly number[];
  /** Where the counters of shared calls lie, and the number of this thread. */
  readonly counters?: number;
  readonly thread?: number;
}

const WORD = 8;
const ARGS = 5;
const RANGE = 6;

/** Bytes that `writeRecords` fills. */
export function recordBytes(steps: readonly ThreadStep[]): number {
  return WORD * (words(steps) + 1);
}

function words(steps: readonly ThreadStep[]): number {
  let n = 0;
  for (const step of steps) {
    if (step.kind === 'call') n += ARGS + RANGE * (step.shared?.ranges.length ?? 0) + step.call.args.length;
    else if (step.kind === 'barrier') n += 1;
    else n += words(step.body) + 4 + 2 * addWords(step.body);
  }
  return n;
}

function addWords(body: readonly ThreadStep[]): number {
  const n = body.reduce((sum, step) => sum + (step.kind === 'call' ? step.call.args.filter(advances).length : 0), 0);
  return n === 0 ? 0 : 2 + 2 * n;
}

const advances = (arg: Call['args'][number]): boolean => (arg.advance ?? 0) !== 0;

/**
 * Writes a thread's records, as `driver.ts` reads them. `table` covers `recordBytes(steps)` bytes that lie at `address`; `end` is
 * the handler that the list ends with.
 */
export function writeRecords(
  table: Int32Array,
  address: number,
  steps: readonly ThreadStep[],
  addresses: Addresses,
  end: number,
): void {
  const out: Output = { table, address, used: 0, addresses };
  writeSteps(out, steps);
  word(out, end);
}

interface Output {
  readonly table: Int32Array;
  readonly address: number;
  /** Words written. */
  used: number;
  readonly addresses: Addresses;
}

/** A 64-bit two's complement word; `value` is an integer below 2^53 in size. */
function word(out: Output, value: number): void {
  out.table[2 * out.used] = (value % 2 ** 32) | 0;
  out.table[2 * out.used + 1] = Math.floor(value / 2 ** 32);
  out.used++;
}

const here = (out: Output): number => out.address + WORD * out.used;

/** Gives where the words lie that advance, and by how much. */
function writeSteps(out: Output, steps: readonly ThreadStep[]): [address: number, advance: number][] {
  const moving: [number, number][] = [];
  for (const step of steps) {
    if (step.kind === 'call')
      moving.push(...(step.shared ? writeShared(out, step, step.shared) : writeCall(out, step)));
    else if (step.kind === 'barrier') word(out, out.addresses.handlers.barrier);
    else writeLoop(out, step.count, step.body);
  }
  return moving;
}

function writeCall(out: Output, step: ThreadStep & { kind: 'call' }): [number, number][] {
  const { handlers, kernels } = out.addresses;
  const { kernel, args } = step.call;
  word(out, handlers.call);
  word(out, kernels[kernel]!);
  word(out, step.begin);
  word(out, step.end);
  word(out, here(out) + WORD * (1 + args.length));
  return writeArgs(out, args);
}

function writeArgs(out: Output, args: Call['args']): [number, number][] {
  const moving: [number, number][] = [];
  for (const arg of args) {
    if (advances(arg)) moving.push([here(out), arg.advance!]);
    word(out, out.addresses.slots[arg.slot]! + arg.offset);
  }
  return moving;
}

/** A thread takes from its own range first, then from those of the threads after it. */
function writeShared(out: Output, step: ThreadStep & { kind: 'call' }, shared: Shared): [number, number][] {
  const { handlers, kernels, counters = 0, thread = 0 } = out.addresses;
  const { kernel, args } = step.call;
  const { ranges, id } = shared;
  word(out, handlers.shared);
  word(out, kernels[kernel]!);
  const first = here(out) + 3 * WORD;
  const last = first + WORD * RANGE * ranges.length;
  word(out, last + WORD * args.length);
  word(out, last);
  word(out, last);
  for (let i = 0; i < ranges.length; i++) {
    const owner = (thread + i) % ranges.length;
    const { begin, end } = ranges[owner]!;
    const chunk = Math.max(1, Math.floor((end - begin) / PIECES));
    word(out, counters + LINE * (id * ranges.length + owner));
    word(out, 0);
    word(out, begin);
    word(out, end);
    word(out, chunk);
    word(out, chunk * (Math.ceil((end - begin) / chunk) + ranges.length));
  }
  return writeArgs(out, args);
}

function writeLoop(out: Output, count: number, body: readonly ThreadStep[]): void {
  const start = here(out);
  const moving = writeSteps(out, body);
  writeAdd(out, moving);
  word(out, out.addresses.handlers.loop);
  word(out, count);
  word(out, count);
  word(out, start);
  writeAdd(
    out,
    moving.map(([address, advance]) => [address, -count * advance]),
  );
}

function writeAdd(out: Output, moving: readonly [number, number][]): void {
  if (moving.length === 0) return;
  word(out, out.addresses.handlers.add);
  word(out, moving.length);
  for (const [address, advance] of moving) {
    word(out, address);
    word(out, advance);
  }
}
