import type { Call } from '../../schedule/program.ts';
import type { Handlers } from './driver.ts';

/** What one thread does: its share of a program. */
export type ThreadStep =
  /** Items `begin` to `end` of a call. */
  | { readonly kind: 'call'; readonly call: Call; readonly begin: number; readonly end: number }
  /** Waits until all threads are here; in the same places of all threads' lists. */
  | { readonly kind: 'barrier' }
  | { readonly kind: 'loop'; readonly count: number; readonly body: readonly ThreadStep[] };

/** Where things are, for one thread. */
export interface Addresses {
  readonly handlers: Handlers;
  /** Addresses of the kernels, by their number in the program. */
  readonly kernels: readonly number[];
  /** Addresses of the slots, by their number in the program. */
  readonly slots: readonly number[];
}

const WORD = 8;
const ARGS = 5;

/** Bytes that `writeRecords` fills. */
export function recordBytes(steps: readonly ThreadStep[]): number {
  return WORD * (words(steps) + 1);
}

function words(steps: readonly ThreadStep[]): number {
  let n = 0;
  for (const step of steps) {
    if (step.kind === 'call') n += ARGS + step.call.args.length;
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
    if (step.kind === 'call') moving.push(...writeCall(out, step));
    else if (step.kind === 'barrier') word(out, out.addresses.handlers.barrier);
    else writeLoop(out, step.count, step.body);
  }
  return moving;
}

function writeCall(out: Output, step: ThreadStep & { kind: 'call' }): [number, number][] {
  const { handlers, kernels, slots } = out.addresses;
  const { kernel, args } = step.call;
  const moving: [number, number][] = [];
  word(out, handlers.call);
  word(out, kernels[kernel]!);
  word(out, step.begin);
  word(out, step.end);
  word(out, here(out) + WORD * (1 + args.length));
  for (const arg of args) {
    if (advances(arg)) moving.push([here(out), arg.advance!]);
    word(out, slots[arg.slot]! + arg.offset);
  }
  return moving;
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
