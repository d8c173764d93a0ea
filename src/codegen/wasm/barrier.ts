import type { ModuleBuilder } from '../../asm/wasm/module.ts';
import { CONTROL } from './control.ts';

const EVERYBODY = 0x7fff_ffff;
/** How long a waiting thread sleeps before it looks whether another one failed: 0.1 s. */
const PATIENCE_NS = 100_000_000n;

/**
 * Adds `barrier(parties, spins)`: returns when `parties` threads have called it. The last one to come raises the
 * generation, the others spin on it, then sleep. With `spins` 0 they never sleep (a browser's main thread may not).
 *
 * A sleeper announces itself before it compares the generation (inside `wait32`), the last one raises the generation
 * before it looks for sleepers; the operations are sequentially consistent, so no sleeper is forgotten.
 */
export function emitBarrier(module: ModuleBuilder): number {
  const { index, builder: f } = module.function('barrier', ['i32', 'i32'], []);
  const [parties, spins] = [0, 1];
  const generation = f.local('i32');
  const left = f.local('i32');
  const load = (address: number) => f.emit('i32.const', 0).emit('i32.atomic.load', address);
  const add = (address: number, value: number) =>
    f.emit('i32.const', 0).emit('i32.const', value).emit('i32.atomic.rmw.add', address);
  const isStill = () => load(CONTROL.barrierGeneration).get(generation).emit('i32.eq');
  const stopIfFailed = () => load(CONTROL.failed).if().emit('unreachable').end();

  f.get(parties).emit('i32.const', 1).emit('i32.le_s').if().return().end();
  load(CONTROL.barrierGeneration).set(generation);
  add(CONTROL.barrierCount, 1).emit('i32.const', 1).emit('i32.add').get(parties).emit('i32.eq').if();
  f.emit('i32.const', 0).emit('i32.const', 0).emit('i32.atomic.store', CONTROL.barrierCount);
  f.emit('i32.const', 0).get(generation).emit('i32.const', 1).emit('i32.add');
  f.emit('i32.atomic.store', CONTROL.barrierGeneration);
  load(CONTROL.barrierSleepers).if();
  f.emit('i32.const', 0).emit('i32.const', EVERYBODY).emit('memory.atomic.notify', CONTROL.barrierGeneration).drop();
  f.end().return().end();

  f.loop();
  f.get(spins).set(left);
  f.loop();
  isStill().emit('i32.eqz').if().return().end();
  f.get(left).emit('i32.const', 1).emit('i32.sub').set(left).get(left).emit('i32.const', 0).emit('i32.gt_s').brIf(0);
  f.end();
  stopIfFailed();
  f.get(spins).emit('i32.eqz').brIf(0);
  f.end();

  add(CONTROL.barrierSleepers, 1).drop();
  f.loop();
  f.emit('i32.const', 0).get(generation).emit('i64.const', PATIENCE_NS);
  f.emit('memory.atomic.wait32', CONTROL.barrierGeneration).drop();
  stopIfFailed();
  isStill().brIf(0);
  f.end();
  add(CONTROL.barrierSleepers, -1).drop();
  f.end();
  return index;
}
