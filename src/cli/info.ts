import { arch, platform, release } from 'node:os';
import { explainTarget } from '../targets/choose.ts';
import { measurePeak } from '../targets/peak.ts';
import { version } from './version.ts';

/** What `olifant info` prints: versions, the machine, the target that was taken and why, what it reaches. */
export function infoText(): string {
  const { target, why, cpu, features, notTaken } = explainTarget();
  const peak = measurePeak(target);
  const rows: [string, string][] = [
    ['olifant', version()],
    ['node', `${process.versions.node} (V8 ${process.versions.v8})`],
    ['system', `${platform()} ${arch()}, ${release()}`],
    ['processor', cpu ?? 'unknown'],
    ['features', features.join(', ') || 'none that matter here'],
    ['target', `${target.name}: ${why}`],
    ...notTaken.map(({ name, reason }): [string, string] => ['not taken', `${name}: ${reason}`]),
    ['threads', `${target.threads}`],
    ['arithmetic', target.facts.fma ? 'fused multiply-add' : 'strict: no fused multiply-add'],
    ['peak', peak ? describePeak(peak.oneThread, peak.allThreads, target.threads) : 'measured for machine code only'],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function describePeak(one: number, all: number, threads: number): string {
  const alone = `${one.toFixed(0)} GFLOP/s`;
  return threads === 1 ? alone : `${alone} on one thread, ${all.toFixed(0)} on ${threads}`;
}
