import { checkOptions, describe, OlifantError } from '../errors.ts';
import type { Model } from '../models/index.ts';
import { writeFile } from '../saving/node-files.ts';
import {
  type Box,
  checkDiagramOptions,
  DIAGRAM_OPTIONS,
  type Diagram,
  type DiagramOptions,
  diagramOf,
} from './diagram.ts';
import { type DotOptions, escapeText, modelToDot } from './dot.ts';

export interface PlotOptions extends DiagramOptions {
  /** A file that ends with `.svg` or `.dot` (or `.gv`). Default: none is written. */
  toFile?: string | null;
  /** For `.dot` files: how Graphviz draws edges. Default `'ortho'`. */
  splines?: string;
}

/**
 * Draws a model's graph as an SVG picture (Keras's `plot_model`), without Graphviz. Layer names are not shown unless told so,
 * as in Keras.
 *
 * @returns The text of the SVG.
 * @throws OlifantError `NOT_BUILT` for models without shapes, `UNSUPPORTED` for other kinds of files.
 * @example
 * await plotModel(model, { toFile: 'model.svg', showShapes: true });
 */
export async function plotModel(model: Model, options: PlotOptions = {}): Promise<string> {
  checkOptions('plotModel', options, [...DIAGRAM_OPTIONS, 'toFile', 'splines']);
  checkDiagramOptions('plotModel', model, options);
  const { toFile, splines, ...rest } = options;
  const kind = toFile === undefined || toFile === null ? null : fileKind(toFile);
  const svg = await drawSvg(diagramOf(model, rest), rest);
  if (kind !== null) {
    const dot: DotOptions = { showLayerNames: false, ...rest, splines };
    await writeFile(toFile!, new TextEncoder().encode(kind === 'svg' ? svg : modelToDot(model, dot)));
  }
  return svg;
}

function fileKind(path: unknown): 'svg' | 'dot' {
  const ending = typeof path === 'string' ? /\.(\w+)$/.exec(path)?.[1]?.toLowerCase() : undefined;
  if (ending === 'svg') return 'svg';
  if (ending === 'dot' || ending === 'gv') return 'dot';
  throw new OlifantError(
    typeof path === 'string' ? 'UNSUPPORTED' : 'INVALID_ARGUMENT',
    `plotModel: toFile must end with .svg or .dot, got ${describe(path)}; every browser shows SVG, and Graphviz makes PNG of a .dot file`,
  );
}

/** Sizes in pixels. A character of Helvetica is a little more than half as wide as it is high. */
const TITLE = 16;
const TEXT = 14;
const PAD = 10;
const WIDTH = 0.58;

interface Placed {
  readonly box: Box;
  readonly width: number;
  readonly height: number;
  readonly cellWidths: readonly number[];
}

const textWidth = (text: string, size: number) => Math.ceil(text.length * size * WIDTH) + 2 * PAD;
const titleOf = (box: Box) => box.title + (box.subtitle === null ? '' : ` (${box.subtitle})`);
const cellText = ({ label, value }: Box['cells'][number]) => (label === '' ? value : `${label}: ${value}`);

function measure(box: Box): Placed {
  const cells = box.cells.map((cell) => textWidth(cellText(cell), TEXT));
  const sum = cells.reduce((a, b) => a + b, 0);
  const activation = box.activation === null ? 0 : textWidth(`Activation: ${box.activation}`, TEXT);
  const width = Math.max(textWidth(titleOf(box), TITLE), activation, sum);
  const rows = 1 + (box.activation === null ? 0 : 1) + (cells.length > 0 ? 1 : 0);
  const stretch = sum === 0 ? 1 : width / sum;
  return { box, width, height: rows * (TEXT + 2 * PAD) + 4, cellWidths: cells.map((w) => w * stretch) };
}

type Point = { x: number; y: number };

async function drawSvg(diagram: Diagram, { rankdir = 'TB' }: DiagramOptions): Promise<string> {
  const { Graph, layout } = await import('@dagrejs/dagre');
  const graph = new Graph({ compound: true });
  graph.setGraph({ rankdir, nodesep: 30, ranksep: 40, marginx: PAD, marginy: PAD });
  graph.setDefaultEdgeLabel(() => ({}));
  const boxes = new Map<string, Placed>();
  const clusters: { id: string; name: string }[] = [];
  const add = ({ boxes: own, inner }: Diagram, parent: string | null): void => {
    for (const box of own) {
      const placed = measure(box);
      boxes.set(box.id, placed);
      graph.setNode(box.id, { width: placed.width, height: placed.height });
      if (parent !== null) graph.setParent(box.id, parent);
    }
    for (const nested of inner) {
      const id = `cluster${clusters.length}`;
      clusters.push({ id, name: nested.name });
      graph.setNode(id, {});
      if (parent !== null) graph.setParent(id, parent);
      add(nested, id);
    }
  };
  add(diagram, null);
  for (const [from, to] of diagram.edges) graph.setEdge(from, to);
  layout(graph);
  const parts = clusters.map(({ id, name }) => drawCluster(graph.node(id) as Placed & Point, name));
  for (const { v, w } of graph.edges()) parts.push(drawEdge((graph.edge(v, w) as { points: Point[] }).points));
  for (const [id, placed] of boxes) parts.push(drawBox(placed, graph.node(id) as unknown as Point));
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="Helvetica, Arial, sans-serif">`,
    '<defs><marker id="end" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L10 5L0 10z"/></marker></defs>',
    `<rect width="${w}" height="${h}" fill="white"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

const n = (x: number) => String(Math.round(x * 10) / 10);

function drawCluster({ x, y, width, height }: Point & { width: number; height: number }, name: string): string {
  const [left, top] = [x - width / 2, y - height / 2];
  return (
    `<rect x="${n(left)}" y="${n(top)}" width="${n(width)}" height="${n(height)}" fill="none" stroke="black" stroke-dasharray="5 4"/>` +
    `<text x="${n(left + 6)}" y="${n(top + TEXT)}" font-size="${TEXT - 2}">${escapeText(name)}</text>`
  );
}

function drawEdge(points: readonly Point[]): string {
  const path = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${n(x)} ${n(y)}`).join('');
  return `<path d="${path}" fill="none" stroke="black" stroke-width="1.5" marker-end="url(#end)"/>`;
}

const TONES = { good: 'forestgreen', bad: 'firebrick' } as const;

function drawBox({ box, width, height, cellWidths }: Placed, { x, y }: Point): string {
  const [left, top] = [x - width / 2, y - height / 2];
  const rows = 1 + (box.activation === null ? 0 : 1) + (box.cells.length > 0 ? 1 : 0);
  const row = height / rows;
  const cell = (at: number, line: number, w: number, fill: string, color: string, size: number, text: string) =>
    `<rect x="${n(at)}" y="${n(top + line * row)}" width="${n(w)}" height="${n(row)}" fill="${fill}" stroke="black"/>` +
    `<text x="${n(at + w / 2)}" y="${n(top + line * row + row / 2 + size * 0.35)}" font-size="${size}" text-anchor="middle" fill="${color}">${text}</text>`;
  const title = `<tspan font-weight="bold">${escapeText(box.title)}</tspan>${box.subtitle === null ? '' : ` (${escapeText(box.subtitle)})`}`;
  const parts = [cell(left, 0, width, 'black', 'white', TITLE, title)];
  if (box.activation !== null)
    parts.push(cell(left, 1, width, 'white', 'black', TEXT, `Activation: ${escapeText(box.activation)}`));
  let at = left;
  box.cells.forEach((c, i) => {
    const w = cellWidths[i]!;
    const [fill, color] = c.tone === undefined ? ['white', 'black'] : [TONES[c.tone], 'white'];
    parts.push(cell(at, rows - 1, w, fill!, color!, TEXT, escapeText(cellText(c))));
    at += w;
  });
  return `<g>${parts.join('')}</g>`;
}
