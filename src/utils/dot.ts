import { checkOptions } from '../errors.ts';
import type { Model } from '../models/index.ts';
import {
  type Box,
  checkDiagramOptions,
  DIAGRAM_OPTIONS,
  type Diagram,
  type DiagramOptions,
  diagramOf,
} from './diagram.ts';

export interface DotOptions extends DiagramOptions {
  /** Whether the text is a cluster, to stand inside of another graph. Default `false`. */
  subgraph?: boolean;
  /** How Graphviz draws edges. Default `'ortho'`. */
  splines?: string;
}

/**
 * A model's graph in the language of Graphviz (Keras's `model_to_dot`), for `dot -Tpng`. `showLayerNames` is true here unless
 * told otherwise.
 *
 * @throws OlifantError `NOT_BUILT` for models without shapes, `INVALID_ARGUMENT` for options that do not exist.
 */
export function modelToDot(model: Model, options: DotOptions = {}): string {
  checkOptions('modelToDot', options, [...DIAGRAM_OPTIONS, 'subgraph', 'splines']);
  checkDiagramOptions('modelToDot', model, options);
  const diagram = diagramOf(model, { showLayerNames: true, ...options });
  const edges = diagram.edges.map(([from, to]) => `  ${from} -> ${to} [penwidth=2];`);
  if (options.subgraph) return [...cluster(diagram, 'cluster_0', ''), ...edges.map((e) => e.trimStart())].join('\n');
  const { rankdir = 'TB', dpi = 200, splines = 'ortho' } = options;
  return [
    'digraph {',
    `  graph [rankdir=${rankdir}, concentrate=true, dpi=${dpi}, splines=${quote(splines)}];`,
    '  node [shape=plain, fontname="Helvetica"];',
    ...content(diagram, '0', '  '),
    ...edges,
    '}',
    '',
  ].join('\n');
}

function content(diagram: Diagram, number: string, indent: string): string[] {
  return [
    ...diagram.boxes.map((box) => `${indent}${box.id} [label=${label(box)}];`),
    ...diagram.inner.flatMap((inner, i) => cluster(inner, `cluster_${number}_${i}`, indent)),
  ];
}

function cluster(diagram: Diagram, name: string, indent: string): string[] {
  return [
    `${indent}subgraph ${name} {`,
    `${indent}  graph [label=${quote(diagram.name)}, labeljust=l, style=dashed];`,
    ...content(diagram, name.slice('cluster_'.length), `${indent}  `),
    `${indent}}`,
  ];
}

const quote = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** Text between the tags of XML and of Graphviz's labels. */
export function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const TONES = { good: 'forestgreen', bad: 'firebrick' } as const;

/** A table: a dark title, the activation, the cells beside each other. */
function label(box: Box): string {
  const span = Math.max(1, box.cells.length);
  const bold = (text: string) => `<b>${escapeText(text)}</b>`;
  const title = bold(box.title) + (box.subtitle === null ? '' : ` (${escapeText(box.subtitle)})`);
  const rows = [`<td colspan="${span}" bgcolor="black"><font point-size="16" color="white">${title}</font></td>`];
  if (box.activation !== null)
    rows.push(`<td colspan="${span}" bgcolor="white">Activation: ${bold(box.activation)}</td>`);
  if (box.cells.length > 0)
    rows.push(
      box.cells
        .map(({ label, value, tone }) =>
          tone === undefined
            ? `<td bgcolor="white">${label}: ${bold(value)}</td>`
            : `<td bgcolor="${TONES[tone]}"><font color="white">${bold(value)}</font></td>`,
        )
        .join(''),
    );
  return `<<table border="0" cellborder="1" cellspacing="0" cellpadding="8">${rows.map((r) => `<tr>${r}</tr>`).join('')}</table>>`;
}
