import { terminalWidth, writeOut } from '../callbacks/console.ts';
import { fixed } from '../callbacks/format.ts';
import { OlifantError } from '../errors.ts';
import { bytesPerElement } from '../graph/dtype.ts';
import { isShape } from '../layers/call-arguments.ts';
import type { Layer } from '../layers/layer.ts';
import type { Struct } from '../layers/struct.ts';
import type { DynamicShape } from '../layers/symbolic.ts';
import type { Variable } from '../trace/variable.ts';
import type { LayerGraph } from './graph.ts';
import { type Align, render, renderTable, type StyledText, styled } from './table.ts';

export interface SummaryOptions {
  /** Characters in a line. Default 88, 108 for models that branch, less on a narrow terminal. */
  lineLength?: number;
  /** Ends of the columns as parts of the line. */
  positions?: readonly number[];
  /** Takes the whole text instead of the terminal. */
  printFn?: (text: string) => void;
  /** Whether to show the layers of models inside. Default `false`. */
  expandNested?: boolean;
  /** Whether to show which layers are trained. Default `false`. */
  showTrainable?: boolean;
  /** Names (or regular expressions) of the first and the last layer to show. */
  layerRange?: readonly [string, string];
}

/** What a summary needs to know of a model. */
export interface Summarized {
  readonly name: string;
  readonly layers: readonly Layer[];
  readonly graph: LayerGraph | undefined;
  readonly trainableWeights: readonly Variable[];
  readonly nonTrainableWeights: readonly Variable[];
  /** The state of the optimizer, if there is any yet. */
  readonly optimizerWeights: readonly Variable[] | undefined;
}

const NUMBER = '38;5;34';
const NONE = '38;5;45';
const CLASS = '38;5;33';
const BOLD = '1';

type Part = string | readonly [string, string];

/** Prints the table of a model's layers, as Keras 3 does. */
export function summarize(model: Summarized, options: SummaryOptions = {}): void {
  const color = options.printFn === undefined && terminalWidth() !== undefined;
  const text = summaryText(model, options, color);
  if (options.printFn) options.printFn(text);
  else writeOut(text);
}

export function summaryText(model: Summarized, options: SummaryOptions, color: boolean): string {
  const chain = model.graph === undefined || isChain(model.graph);
  const { columns, lineLength } = layout(chain, options);
  const rows = selectLayers(model.layers, options.layerRange).flatMap((layer) =>
    layerRows(layer, 0, chain ? undefined : model.graph, options),
  );
  const lines = [
    render(styled([`Model: "${model.name}"`, BOLD]), color),
    ...renderTable(columns, rows, lineLength, color),
    ...totals(model).map((line) => render(line, color)),
  ];
  return `${lines.join('\n')}\n`;
}

function layout(chain: boolean, options: SummaryOptions) {
  const base = chain
    ? { width: 88, ends: [0.45, 0.8, 1], names: ['Layer (type)', 'Output Shape', 'Param #'] }
    : { width: 108, ends: [0.3, 0.56, 0.74, 1], names: ['Layer (type)', 'Output Shape', 'Param #', 'Connected to'] };
  const aligns: Align[] = ['left', 'left', 'right', ...(chain ? [] : ['left' as const])];
  let ends = options.positions ?? base.ends;
  let { width, names } = base;
  if (options.showTrainable) {
    width += 12;
    ends = [...ends.map((e) => e * 0.9), 1];
    names = [...names, 'Trainable'];
    aligns.push('center');
  }
  const lineLength = options.lineLength ?? Math.min(width, (terminalWidth() ?? Number.POSITIVE_INFINITY) - 4);
  let used = 0;
  const columns = names.map((name, i) => {
    const size = Math.floor((ends[i] ?? 1) * lineLength) - used;
    used += size;
    if (size < 4)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `summary: a line of ${lineLength} characters is too short for the columns`,
      );
    return { header: styled([name, BOLD]), align: aligns[i]!, width: size };
  });
  return { columns, lineLength };
}

/** Whether a graph is one layer after the other, each called once. */
function isChain(graph: LayerGraph): boolean {
  if (graph.levels.some((l) => l.length > 1 || (l[0]?.inputTensors.length ?? 0) > 1)) return false;
  const nodes = graph.levels.flat();
  return new Set(nodes.map((n) => n.layer)).size === nodes.length;
}

function selectLayers(layers: readonly Layer[], range: SummaryOptions['layerRange']): readonly Layer[] {
  if (range === undefined) return layers;
  const places = range.map((pattern) => {
    const test = new RegExp(`^(?:${pattern})`);
    const found = layers.flatMap((l, i) => (test.test(l.name) ? [i] : []));
    if (found.length === 0) throw new OlifantError('INVALID_ARGUMENT', `summary: no layer is named '${pattern}'`);
    return found;
  });
  const [from, to] = places as [number[], number[]];
  const [a, b] = [Math.min(...from), Math.max(...to)];
  return a > b ? layers.slice(Math.min(...to), Math.max(...from) + 1) : layers.slice(a, b + 1);
}

function layerRows(
  layer: Layer,
  level: number,
  graph: LayerGraph | undefined,
  options: SummaryOptions,
): StyledText[][] {
  const prefix = level > 0 ? `${'   '.repeat(level)}└ ` : '';
  const row: StyledText[] = [
    styled(`${prefix}${layer.name} (`, [layer.className, CLASS], ')'),
    styled(...shapeParts(layer)),
    layer.built ? styled([thousands(layer.countParams()), NUMBER]) : styled(['0', NUMBER], ' (unbuilt)'),
  ];
  if (graph !== undefined) row.push(styled(...connections(layer, graph)));
  if (options.showTrainable) row.push(trainableMark(layer));
  const inside = options.expandNested ? (layer as { layers?: readonly Layer[] }).layers : undefined;
  return [row, ...(inside ?? []).flatMap((l) => layerRows(l, level + 1, graph, options))];
}

function trainableMark(layer: Layer): StyledText {
  if (layer.weights.length === 0) return styled(['-', BOLD]);
  return layer.trainable ? styled(['Y', `${BOLD};${NUMBER}`]) : styled(['N', `${BOLD};38;5;9`]);
}

function shapeParts(layer: Layer): Part[] {
  const shapes = outputShapes(layer);
  if (shapes === undefined) return ['?'];
  const found: Part[][] = [];
  const walk = (s: Struct<DynamicShape>): Part[] => {
    if (!Array.isArray(s)) return ['{', ...joined(Object.entries(s).map(([k, v]) => [`${k}: `, ...walk(v)])), '}'];
    if (!isShape(s as DynamicShape)) return ['[', ...joined((s as Struct<DynamicShape>[]).map(walk)), ']'];
    const sizes = (s as DynamicShape).map((d): Part[] => [d === null ? ['None', NONE] : [String(d), NUMBER]]);
    found.push(['(', ...joined(sizes), ')']);
    return found.at(-1)!;
  };
  const all = walk(shapes);
  return found.length === 1 ? found[0]! : all;
}

const joined = (parts: readonly Part[][]): Part[] => parts.flatMap((p, i): Part[] => [...(i > 0 ? [', '] : []), ...p]);

function outputShapes(layer: Layer): Struct<DynamicShape> | undefined {
  const last = layer.inboundNodes.at(-1);
  if (last !== undefined) return last.outputTensors.map((t) => t.shape);
  if (layer.buildShape === undefined) return undefined;
  try {
    return layer.computeOutputShape(layer.buildShape as DynamicShape);
  } catch {
    return undefined;
  }
}

function connections(layer: Layer, graph: LayerGraph): Part[] {
  const from = layer.inboundNodes.filter((n) => graph.has(n)).flatMap((n) => n.inputTensors);
  if (from.length === 0) return ['-'];
  return from.flatMap((t, i): Part[] => [
    `${i > 0 ? ', ' : ''}${t.history.layer.name}[`,
    [String(t.history.nodeIndex), NUMBER],
    '][',
    [String(t.history.tensorIndex), NUMBER],
    ']',
  ]);
}

function totals(model: Summarized): StyledText[] {
  const trained = measure(model.trainableWeights);
  const rest = measure(model.nonTrainableWeights);
  const optimizer = model.optimizerWeights && measure(model.optimizerWeights);
  const sum = [trained, rest, ...(optimizer ? [optimizer] : [])];
  const total = { count: sum.reduce((n, m) => n + m.count, 0), bytes: sum.reduce((n, m) => n + m.bytes, 0) };
  const line = (label: string, m: Measure) =>
    styled([` ${label}: `, BOLD], [thousands(m.count), NUMBER], ` (${readableSize(m.bytes)})`);
  return [
    line('Total params', total),
    line('Trainable params', trained),
    line('Non-trainable params', rest),
    ...(optimizer ? [line('Optimizer params', optimizer)] : []),
  ];
}

interface Measure {
  readonly count: number;
  readonly bytes: number;
}

function measure(weights: readonly Variable[]): Measure {
  const distinct = [...new Set(weights)];
  return {
    count: weights.reduce((n, v) => n + v.size, 0),
    bytes: distinct.reduce((n, v) => n + v.size * bytesPerElement(v.dtype), 0),
  };
}

function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** 1024 bytes are 1.00 KB. */
export function readableSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let size = bytes;
  for (const unit of units) {
    if (size < 1024) return `${fixed(size, 2)} ${unit}`;
    size /= 1024;
  }
  return `${fixed(size, 2)} PB`;
}
