import { layerOf } from '../activations/index.ts';
import { Layer } from '../layers/layer.ts';
import type { StoredValue } from '../layers/layer-options.ts';
import { Metric } from '../metrics/index.ts';
import { Model } from '../models/index.ts';
import { snakeCase, snakeKey } from '../trace/names.ts';

/** A variable, or what stands for one in files, and its name there. */
export type Stored = readonly [name: string, variable: StoredValue];

/** Something with weights of its own, and its path in a weights file: its `vars` are at `path/vars`. */
export interface Saveable {
  readonly path: string;
  readonly name: string;
  readonly variables: readonly Stored[];
  /** The layer, unless it is something else: layers may have files of their own. */
  readonly layer: Layer | null;
}

type Owner = Layer | Metric;

const MAX_DEPTH = 8;

/**
 * Everything in a model that has weights, where Keras's files have it: each thing under the attributes of the thing that
 * holds it, attributes in alphabetical order with private ones last; what is in a list or dict is named after its class,
 * `dense`, `dense_1` ... in order. What is held twice is where it was met first. A model's layers are in its `layers`.
 */
export function findSaveables(root: Layer): Saveable[] {
  const found: Saveable[] = [];
  const seen = new Set<object>();
  const visit = (owner: Owner, path: string): void => {
    if (seen.has(owner)) return;
    seen.add(owner);
    const layer = owner instanceof Layer ? owner : null;
    const variables = layer?.storedVariables ?? numbered((owner as Metric).variables);
    found.push({ path, name: owner.name, variables, layer });
    if (!(owner instanceof Layer)) return;
    for (const [name, value] of attributes(owner)) {
      const inner = join(path, name);
      if (isOwner(value)) visit(value, inner);
      else visitContainer(value, inner, 0);
    }
  };
  const visitContainer = (container: unknown, path: string, depth: number): void => {
    const items = depth < MAX_DEPTH ? itemsOf(container) : undefined;
    if (items === undefined) return;
    const counts = new Map<string, number>();
    const unique = (name: string): string => {
      const n = counts.get(name) ?? 0;
      counts.set(name, n + 1);
      return join(path, n === 0 ? name : `${name}_${n}`);
    };
    for (const item of items) {
      if (isOwner(item)) visit(item, unique(snakeCase(classNameOf(item))));
      else if (itemsOf(item) !== undefined) visitContainer(item, unique('container'), depth + 1);
    }
  };
  visit(root, '');
  return found;
}

/** Most variables are named by their numbers. */
export function numbered(variables: readonly StoredValue[]): Stored[] {
  return variables.map((v, i) => [String(i), v]);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}/${name}`;
}

function isOwner(x: unknown): x is Owner {
  return x instanceof Layer || x instanceof Metric;
}

function classNameOf(owner: Owner): string {
  if (owner instanceof Layer)
    return (owner.constructor as { readonly storedName?: string }).storedName ?? owner.className;
  const cls = owner.constructor as { readonly name: string; readonly className?: string };
  return Object.hasOwn(cls, 'className') ? cls.className! : cls.name;
}

/** What a list, a dict or a set of Keras's would give. */
function itemsOf(x: unknown): readonly unknown[] | undefined {
  if (Array.isArray(x)) return x;
  if (x instanceof Map || x instanceof Set) return [...x.values()];
  if (typeof x === 'object' && x !== null && Object.getPrototypeOf(x) === Object.prototype) return Object.values(x);
  return undefined;
}

/** A layer's fields under Keras's names, in the order in which Keras meets them. */
function attributes(owner: Layer): [string, unknown][] {
  const names = (owner.constructor as { readonly attributeNames?: Readonly<Record<string, string>> }).attributeNames;
  const fields = Object.entries(owner)
    .map(([key, value]): [string, unknown] => [key, layerOf(value) ?? value])
    .filter(([, value]) => typeof value === 'object' && value !== null)
    .map(([key, value]): [string, unknown] => [names?.[key] ?? snakeKey(key), value]);
  const layers: [string, unknown][] = owner instanceof Model ? [['layers', owner.layers]] : [];
  const all = [...fields, ...layers].sort(([a], [b]) => compare(sortKey(a), sortKey(b)));
  // Keras's own two classes give their layers first.
  const own = owner.className === 'Sequential' || owner.className === 'Functional';
  return own ? [...layers, ...all.filter(([name]) => name !== 'layers')] : all;
}

function sortKey(name: string): string {
  return name.startsWith('_') ? `~${name}` : name;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
