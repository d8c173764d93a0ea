import { describe, formatShape, OlifantError } from '../errors.ts';
import { checkFlag } from '../keras-object.ts';
import { type Layer, SymbolicTensor } from '../layers/index.ts';
import { flatten, type Struct } from '../layers/struct.ts';
import { Model, Sequential } from '../models/index.ts';

export interface DiagramOptions {
  /** Whether the shapes of inputs and outputs are shown. Default `false`. */
  showShapes?: boolean;
  /** Whether the element types of outputs are shown. Default `false`. */
  showDtype?: boolean;
  /** Whether the names of layers are shown. */
  showLayerNames?: boolean;
  /** The direction: top to bottom, left to right, or against these. Default `'TB'`. */
  rankdir?: 'TB' | 'LR' | 'BT' | 'RL';
  /** Whether models inside of the model are shown with their layers. Default `false`. */
  expandNested?: boolean;
  /** Dots an inch, for programs that draw. Default 200. */
  dpi?: number;
  /** Whether activations are shown. Default `false`. */
  showLayerActivations?: boolean;
  /** Whether it is shown which layers are trained. Default `false`. */
  showTrainable?: boolean;
}

const FLAGS = [
  'showShapes',
  'showDtype',
  'showLayerNames',
  'expandNested',
  'showLayerActivations',
  'showTrainable',
] as const;

export const DIAGRAM_OPTIONS: readonly (keyof DiagramOptions)[] = [...FLAGS, 'rankdir', 'dpi'];

/** A box: a title, an activation, and cells beside each other. */
export interface Box {
  readonly id: string;
  readonly title: string;
  /** The class, where the title is the layer's name. */
  readonly subtitle: string | null;
  readonly activation: string | null;
  readonly cells: readonly { readonly label: string; readonly value: string; readonly tone?: 'good' | 'bad' }[];
}

/** Boxes and what is between them; a nested model is a diagram inside. */
export interface Diagram {
  readonly name: string;
  readonly boxes: readonly Box[];
  readonly inner: readonly Diagram[];
  /** From and to, by the ids of boxes. */
  readonly edges: readonly (readonly [string, string])[];
}

export function checkDiagramOptions(owner: string, model: unknown, options: DiagramOptions): asserts model is Model {
  if (!(model instanceof Model))
    throw new OlifantError('INVALID_ARGUMENT', `${owner}: expected a model, got ${describe(model)}`);
  if (!model.built)
    throw new OlifantError(
      'NOT_BUILT',
      `${owner}: model '${model.name}' is not built yet: give its first layer a shape, or call build`,
    );
  for (const name of FLAGS) if (options[name] !== undefined) checkFlag(owner, name, options[name]);
  if (!['TB', 'LR', 'BT', 'RL', undefined].includes(options.rankdir))
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `${owner}: rankdir must be 'TB', 'LR', 'BT' or 'RL', got ${describe(options.rankdir)}`,
    );
  if (options.dpi !== undefined && !(options.dpi > 0))
    throw new OlifantError('INVALID_ARGUMENT', `${owner}: dpi must be positive, got ${describe(options.dpi)}`);
}

/** The boxes of a model's layers, and which gives its outputs to which. */
export function diagramOf(model: Model, options: DiagramOptions): Diagram {
  const ids = new Map<Layer, string>();
  const id = (layer: Layer) => {
    if (!ids.has(layer)) ids.set(layer, `n${ids.size}`);
    return ids.get(layer)!;
  };
  const edges = new Map<string, readonly [string, string]>();
  const draw = (owner: Model): Diagram => {
    const layers = [...owner.layers];
    const shown = owner.graph === undefined && !(owner instanceof Sequential) ? [owner as Layer] : layers;
    const nested = (layer: Layer): layer is Model => options.expandNested === true && hasLayers(layer);
    connect(owner, shown, nested, (from, to) => {
      const edge = [id(from), id(to)] as const;
      edges.set(edge.join(), edge);
    });
    return {
      name: owner.name,
      boxes: shown.filter((layer) => !nested(layer)).map((layer) => boxOf(layer, id(layer), options)),
      inner: shown.filter(nested).map(draw),
      edges: [],
    };
  };
  return { ...draw(model), edges: [...edges.values()] };
}

function hasLayers(layer: Layer): layer is Model {
  return layer instanceof Model && (layer.graph !== undefined || layer instanceof Sequential);
}

function connect(
  model: Model,
  layers: readonly Layer[],
  nested: (layer: Layer) => boolean,
  add: (from: Layer, to: Layer) => void,
): void {
  const first = (layer: Layer, input = 0): Layer =>
    !nested(layer) ? layer : entry(layer as Model, input, (inner) => first(inner, input));
  const last = (layer: Layer, output = 0): Layer =>
    !nested(layer) ? layer : exit(layer as Model, output, (inner) => last(inner));
  if (model instanceof Sequential) {
    for (let i = 1; i < layers.length; i++) add(last(layers[i - 1]!), first(layers[i]!));
    return;
  }
  for (const layer of layers)
    for (const node of layer.inboundNodes) {
      if (!model.graph?.has(node)) continue;
      node.inputTensors.forEach((t, input) => {
        add(last(t.history.layer, t.history.tensorIndex), first(layer, input));
      });
    }
}

/** Where the inputs of a nested model come in. */
function entry(model: Model, input: number, inner: (layer: Layer) => Layer): Layer {
  const at = model instanceof Sequential ? model.layers[0] : model.graph?.inputs[input]?.history.layer;
  return at === undefined ? model : inner(at);
}

function exit(model: Model, output: number, inner: (layer: Layer) => Layer): Layer {
  const at = model instanceof Sequential ? model.layers.at(-1) : model.graph?.outputs[output]?.history.layer;
  return at === undefined ? model : inner(at);
}

function boxOf(layer: Layer, id: string, options: DiagramOptions): Box {
  const { className } = layer;
  const names = options.showLayerNames === true;
  const ends = options.showShapes || options.showDtype ? endsOf(layer) : { input: null, output: null };
  const cells: Box['cells'][number][] = [];
  if (options.showShapes) {
    if (className !== 'InputLayer') cells.push({ label: 'Input shape', value: shapesOf(ends.input) });
    cells.push({ label: 'Output shape', value: shapesOf(ends.output) });
  }
  if (options.showDtype)
    cells.push({ label: 'Output dtype', value: ends.output?.map((t) => t.dtype).join(', ') ?? '?' });
  if (options.showTrainable && layer.weights.length > 0)
    cells.push(
      layer.trainable
        ? { label: '', value: 'Trainable', tone: 'good' }
        : { label: '', value: 'Non-trainable', tone: 'bad' },
    );
  return {
    id,
    title: names ? layer.name : className,
    subtitle: names ? className : null,
    activation: options.showLayerActivations ? activationOf(layer) : null,
    cells,
  };
}

function endsOf(layer: Layer): { input: SymbolicTensor[] | null; output: SymbolicTensor[] | null } {
  const only = (x: Struct<SymbolicTensor>) => flatten(x).filter((t) => t instanceof SymbolicTensor);
  const call = layer.inboundNodes[0];
  if (call !== undefined) return { input: only(call.inputs), output: only(call.outputs) };
  const { inputs, outputs } = layer as Layer & Partial<Pick<Model, 'inputs' | 'outputs'>>;
  return { input: inputs ? [...inputs] : null, output: outputs ? [...outputs] : null };
}

function shapesOf(tensors: readonly SymbolicTensor[] | null): string {
  return tensors === null || tensors.length === 0 ? '?' : tensors.map((t) => formatShape(t.shape)).join(', ');
}

function activationOf(layer: Layer): string | null {
  const name = layer.getConfig().activation;
  if (typeof name === 'string') return name;
  return (name as { class_name?: string } | null | undefined)?.class_name ?? null;
}
