import type { GatherStmt, LoadStmt, StoreStmt } from '../../kernel/ir.ts';
import type { Context } from './context.ts';
import { bufferOf, elementBytes, lanesOf, moved } from './elements.ts';
import { LANES } from './options.ts';
import { countOf } from './uses.ts';

const isRow = (s: { stride?: number }): boolean => (s.stride ?? 1) === 1;

function checkTypes(x: Context, s: LoadStmt | StoreStmt | GatherStmt): void {
  const { name, mem } = bufferOf(x.kernel, s.buf);
  if ((mem === 'f32') !== (s.type === 'f32')) {
    throw new Error(`kernel "${x.kernel.name}": a ${s.k} of ${s.type} from buffer "${name}" of ${mem}`);
  }
  const count = countOf(s);
  if (!(Number.isInteger(count) && count >= 0 && count <= LANES)) {
    throw new Error(`kernel "${x.kernel.name}": a ${s.k} takes 0 .. ${LANES} lanes, got ${count}`);
  }
}

/** Pushes the loaded lanes; touches no byte beyond the elements it names. */
export function emitLoad(x: Context, s: LoadStmt): void {
  checkTypes(x, s);
  const bytes = elementBytes(bufferOf(x.kernel, s.buf).mem);
  if (s.splat) loadSplat(x, s, bytes);
  else if (!isRow(s)) loadLanes(x, s, bytes);
  else if (bytes === 4) loadRow(x, s);
  else if (countOf(s) < LANES) loadLanes(x, s, bytes);
  else if (bytes === 1) loadByteRow(x, s);
  else x.f.emit('v128.load16x4_u', x.address(s.buf, s.at));
}

/** Loads a short element and fills it up with zeros. */
const SHORT = { 1: 'i32.load8_u', 2: 'i32.load16_u' } as const;

function loadSplat(x: Context, s: LoadStmt, bytes: 1 | 2 | 4): void {
  const offset = x.address(s.buf, s.at);
  if (bytes === 4) x.f.emit('v128.load32_splat', offset);
  else x.f.emit(SHORT[bytes], offset).emit('i32x4.splat');
}

function loadRow(x: Context, s: LoadStmt): void {
  switch (countOf(s)) {
    case 0:
      x.constant({ type: 'i32', value: 0 });
      return;
    case 1:
      x.f.emit('v128.load32_zero', x.address(s.buf, s.at));
      return;
    case 2:
      x.f.emit('v128.load64_zero', x.address(s.buf, s.at));
      return;
    case 3: {
      // The lane load takes its address below the vector.
      const last = x.address(s.buf, moved(s.at, 2));
      x.f.emit('v128.load64_zero', x.address(s.buf, s.at)).emit('v128.load32_lane', last, 2);
      return;
    }
    default:
      x.f.emit('v128.load', x.address(s.buf, s.at));
  }
}

function loadByteRow(x: Context, s: LoadStmt): void {
  x.f
    .emit('v128.load32_zero', x.address(s.buf, s.at))
    .emit('i16x8.extend_low_i8x16_u')
    .emit('i32x4.extend_low_i16x8_u');
}

function loadLanes(x: Context, s: LoadStmt, bytes: 1 | 2 | 4): void {
  const lanes = lanesOf(s);
  if (lanes.length === 0) {
    x.constant({ type: 'i32', value: 0 });
    return;
  }
  if (bytes !== 4) {
    x.constant({ type: 'i32', value: 0 });
    for (const [i, at] of lanes.entries()) {
      x.f.emit(SHORT[bytes], x.address(s.buf, at)).emit('i32x4.replace_lane', i);
    }
    return;
  }
  const offsets = lanes
    .slice(1)
    .reverse()
    .map((at) => x.address(s.buf, at))
    .reverse();
  x.f.emit('v128.load32_zero', x.address(s.buf, lanes[0]!));
  for (const [i, offset] of offsets.entries()) x.f.emit('v128.load32_lane', offset, i + 1);
}

/** Pushes the lanes found at `at + indices[i]`. */
export function emitGather(x: Context, s: GatherStmt): void {
  checkTypes(x, s);
  const bytes = elementBytes(bufferOf(x.kernel, s.buf).mem);
  const count = countOf(s);
  const pushAddress = (lane: number) => {
    // An index may be negative: the sum must wrap at 32 bits before the access, so nothing is left to the offset.
    const offset = x.address(s.buf, s.at);
    if (offset !== 0) x.f.emit('i32.const', offset).emit('i32.add');
    x.value(s.indices);
    x.f.emit('i32x4.extract_lane', lane);
    if (bytes > 1) x.f.emit('i32.const', bytes / 2).emit('i32.shl');
    x.f.emit('i32.add');
  };
  if (count === 0) {
    x.constant({ type: 'i32', value: 0 });
    return;
  }
  if (bytes !== 4) {
    x.constant({ type: 'i32', value: 0 });
    for (let i = 0; i < count; i++) {
      pushAddress(i);
      x.f.emit(SHORT[bytes], 0).emit('i32x4.replace_lane', i);
    }
    return;
  }
  for (let i = count - 1; i >= 0; i--) pushAddress(i);
  x.f.emit('v128.load32_zero', 0);
  for (let i = 1; i < count; i++) x.f.emit('v128.load32_lane', 0, i);
}

/** Stores the first lanes of a value; writes no byte beyond the elements it names. */
export function emitStore(x: Context, s: StoreStmt): void {
  checkTypes(x, s);
  const bytes = elementBytes(bufferOf(x.kernel, s.buf).mem);
  const count = countOf(s);
  if (count === LANES && isRow(s)) {
    if (bytes === 4) storeRow(x, s);
    else storeShortRow(x, s, bytes);
    return;
  }
  if (bytes === 4 && isRow(s) && count >= 2) {
    storePair(x, s);
    if (count === 3) storeLane(x, s, 2, bytes);
    return;
  }
  for (let lane = 0; lane < count; lane++) storeLane(x, s, lane, bytes);
}

function storeRow(x: Context, s: StoreStmt): void {
  const offset = x.address(s.buf, s.at);
  x.value(s.value);
  x.f.emit('v128.store', offset);
}

/** The low bytes of the lanes, gathered into the first ones. */
function storeShortRow(x: Context, s: StoreStmt, bytes: 1 | 2): void {
  const offset = x.address(s.buf, s.at);
  x.value(s.value);
  const pattern = bytes === 1 ? [0, 4, 8, 12, 0, 0, 0, 0] : [0, 1, 4, 5, 8, 9, 12, 13];
  x.f.emit('v128.const', [...pattern, 0, 0, 0, 0, 0, 0, 0, 0]).emit('i8x16.swizzle');
  x.f.emit(bytes === 1 ? 'v128.store32_lane' : 'v128.store64_lane', offset, 0);
}

function storePair(x: Context, s: StoreStmt): void {
  const offset = x.address(s.buf, s.at);
  x.value(s.value);
  x.f.emit('v128.store64_lane', offset, 0);
}

function storeLane(x: Context, s: StoreStmt, lane: number, bytes: 1 | 2 | 4): void {
  const offset = x.address(s.buf, moved(s.at, lane * (s.stride ?? 1)));
  x.value(s.value);
  if (bytes === 1) x.f.emit('v128.store8_lane', offset, 4 * lane);
  else if (bytes === 2) x.f.emit('v128.store16_lane', offset, 2 * lane);
  else x.f.emit('v128.store32_lane', offset, lane);
}
