import { advantage, fastestOf, goalsTable, metricsCost, stepOf } from './goals.ts';
import { PLAIN_STEP, type Results, type WorkerResult } from './results.ts';
import { finePercent, number, percent, ratio, type Table, toMarkdown, toText } from './tables.ts';

export function asText(results: Results): string {
  return [header(results).join('\n'), ...allTables(results).map(toText), ...warnings(results)].join('\n\n');
}

export function asMarkdown(results: Results): string {
  const lines = header(results).map((line) => `- ${line}`);
  const notes = warnings(results).map((line) => `> ${line}`);
  return [lines.join('\n'), ...notes, ...allTables(results).map(toMarkdown)].join('\n\n');
}

/** Where and when. */
function header(results: Results): string[] {
  const { machine, commit, peak } = results;
  const peaks = Object.entries(peak).map(([name, by]) => {
    const rates = Object.entries(by).map(
      ([n, rate]) => `${rate.toFixed(0)} GFLOP/s on ${n} thread${n === '1' ? '' : 's'}`,
    );
    return `${name}: ${rates.join(', ')}`;
  });
  const versions = results.workers.filter((w) => !w.ours).flatMap((w) => Object.entries(w.versions));
  const named = new Map(versions.filter(([name]) => name !== 'threads'));
  return [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGB} GiB; ${machine.features.join(', ')}`,
    `${machine.system}; Node ${machine.node}`,
    `${results.date.slice(0, 10)}, commit ${commit?.hash ?? 'unknown'}${commit?.changed ? ' with changes' : ''}; shortest of ${results.rounds} rounds, ${results.seconds.toFixed(0)} s in all`,
    ...(peaks.length > 0 ? [`peak of multiply-adds: ${peaks.join('; ')}`] : []),
    ...(named.size > 0 ? [`peers: ${[...named].map(([name, v]) => `${name} ${v}`).join(', ')}`] : []),
  ];
}

function allTables(results: Results): Table[] {
  const threads = [...new Set(results.workers.filter((w) => w.ours).map((w) => w.threads))].sort((a, b) => b - a);
  return [
    ...threads.map((n) => ownTable(results, n)),
    modesTable(results),
    metricsTable(results),
    peersTable(results),
    wasmTable(results),
    freshTable(results),
    wholeTable(results),
    goalsTable(results),
  ].filter((t) => t.rows.length > 0);
}

/** Every workload on every target. */
function ownTable(results: Results, threads: number): Table {
  const workers = results.workers.filter((w) => w.ours && w.threads === threads);
  const names = [...new Set(results.steps.map((s) => s.workload))];
  const rows = names.flatMap((name) => {
    const steps = workers.map((w) => stepOf(results, name, w.id));
    const gflop = steps.find((s) => s !== undefined)?.gflop;
    if (gflop === undefined) return [];
    const cells = steps.flatMap((s) => [
      number(s?.ms),
      s && gflop > 1e-3 ? number(gflop / s.ms / 1e-3) : '-',
      gflop > 1e-3 ? percent(s?.share) : '-',
    ]);
    return [[name, number(gflop), ...cells]];
  });
  return {
    title: `Olifant, ${threads} thread${threads === 1 ? '' : 's'}`,
    note: 'Milliseconds a step, GFLOP/s, and the share of the peak of the widest vectors with as many threads.',
    head: ['', 'GFLOP', ...workers.flatMap((w) => [`${w.label} ms`, 'GFLOP/s', 'peak'])],
    rows,
  };
}

/** The public face around the step. */
function modesTable(results: Results): Table {
  const workers = new Map(results.workers.filter((w) => w.ours && isMain(w, results)).map((w) => [w.id, w]));
  const steps = results.steps.filter((s) => workers.has(s.worker) && 'fit' in s.modes);
  const names = [...new Set(steps.flatMap((s) => Object.keys(s.modes)))];
  return {
    title: 'Training steps through the public face, milliseconds',
    note: '`step` copies a batch and runs the compiled step; `trainOnBatch` also reads the metrics; `fit` is an epoch, shuffling included, divided by its steps.',
    head: ['', 'target', ...names],
    rows: steps.map((s) => [s.workload, workers.get(s.worker)!.label, ...names.map((n) => number(s.modes[n]))]),
  };
}

/** The accuracy, gathered in every step. */
function metricsTable(results: Results): Table {
  const labels = new Map(results.workers.map((w) => [w.id, `${w.label}, ${w.threads}`]));
  const steps = results.steps.filter((s) => PLAIN_STEP in s.modes);
  return {
    title: 'What metrics cost, milliseconds a step',
    note: 'A step with the accuracy and one without, in turn.',
    head: ['', 'target, threads', 'without', 'with', 'added'],
    rows: steps.map((s) => [
      s.workload,
      labels.get(s.worker) ?? s.worker,
      number(s.modes[PLAIN_STEP]),
      number(s.modes.step),
      finePercent(metricsCost(s)),
    ]),
  };
}

function isMain(w: WorkerResult, { threads }: Results): boolean {
  return w.threads === threads || w.label === 'reference';
}

function bestOwn(results: Results): WorkerResult | undefined {
  return results.workers.find((w) => w.ours && w.threads === results.threads);
}

/** Against the frameworks of Python. */
function peersTable(results: Results): Table {
  const own = bestOwn(results);
  const peers = results.workers.filter((w) => !w.ours && !isJavaScript(w));
  const names = [...new Set(results.steps.filter((s) => peers.some((p) => p.id === s.worker)).map((s) => s.workload))];
  const ids = peers.map((p) => p.id);
  return {
    title: `Peers, ${results.threads} threads, milliseconds a step`,
    note: 'Of each peer the fastest of its ways to do the step; the last columns are the fastest peer, and how many times faster Olifant is.',
    head: ['', own ? `Olifant, ${own.label}` : 'Olifant', ...peers.map((p) => p.label), 'fastest', 'ratio'],
    rows: names.map((name) => {
      const fastest = fastestOf(results, name, ids);
      const label = peers.find((p) => p.id === fastest?.worker)?.label ?? '-';
      return [
        name,
        number(own && stepOf(results, name, own.id)?.ms),
        ...ids.map((id) => number(stepOf(results, name, id)?.ms)),
        fastest ? `${label} (${fastest.mode})` : '-',
        ratio(own && advantage(results, name, own.id, ids)),
      ];
    }),
  };
}

/** Against the frameworks of JavaScript. */
function wasmTable(results: Results): Table {
  const own = `wasm/${results.threads}`;
  const peers = results.workers.filter(isJavaScript);
  const names = [...new Set(results.steps.filter((s) => peers.some((p) => p.id === s.worker)).map((s) => s.workload))];
  return {
    title: 'WebAssembly in Node, milliseconds a step',
    head: ['', 'Olifant, wasm', ...peers.flatMap((p) => [`${p.label} (${threadsIn(p)})`, 'ratio'])],
    rows: names.map((name) => [
      name,
      number(stepOf(results, name, own)?.ms),
      ...peers.flatMap((p) => [number(stepOf(results, name, p.id)?.ms), ratio(advantage(results, name, own, [p.id]))]),
    ]),
  };
}

function isJavaScript({ id }: WorkerResult): boolean {
  return id === 'tfjs' || id.startsWith('jaxjs');
}

function threadsIn({ versions }: WorkerResult): string {
  return versions.threads === 1 ? '1 thread' : `${versions.threads} threads`;
}

function freshTable({ fresh }: Results): Table {
  return {
    title: 'The first step in a fresh process, milliseconds',
    note: '`compile` is tracing, gradient, schedule, code generation and loading; `run` is the first step after that.',
    head: ['', 'target', 'import', 'layers, weights', 'compile', 'run', 'kernels'],
    rows: fresh.map((f) => [
      f.model === 'cnn' ? 'CNN, batch 128' : 'ResNet-50, batch 8',
      f.target,
      number(f.importMs),
      number(f.buildMs),
      number(f.compileMs),
      number(f.firstRunMs),
      `${f.kernels}`,
    ]),
  };
}

function wholeTable({ whole }: Results): Table {
  return {
    title: 'A whole process: load MNIST, train 784-512-512-10, test',
    head: ['', 'epochs', 'seconds', 'MB', 'accuracy'],
    rows: whole.map((w) => [
      w.name,
      `${w.epochs}`,
      number(w.seconds),
      number(w.megabytes),
      w.accuracy === null ? '-' : `${w.accuracy.toFixed(2)} %`,
    ]),
  };
}

const MOST_LOAD = 0.5;
const MOST_STOLEN = 0.02;
const MOST_BUSY = 0.05;

/** Reasons not to believe the numbers. */
function warnings({ quiet, workers, problems }: Results): string[] {
  const found: string[] = [];
  if (quiet.loadBefore > MOST_LOAD)
    found.push(
      `Other work ran on this machine (${number(quiet.loadBefore)} processes in the minute before): measure again when it is quiet.`,
    );
  if ((quiet.stolen ?? 0) > MOST_STOLEN)
    found.push(
      `Other virtual machines took ${percent(quiet.stolen)} of the processors' time; the shortest times may still be right.`,
    );
  for (const w of workers)
    if ((w.busyWhenIdle ?? 0) > MOST_BUSY)
      found.push(
        `${w.label}, ${w.threads} threads, kept ${number(w.busyWhenIdle)} processors busy while others were measured.`,
      );
  return [...found, ...problems];
}
