/** What a TensorBoard event can show; a tensor with the plugin that shows it. */
export interface Summary {
  readonly tag: string;
  readonly plugin: 'scalars' | 'histograms' | 'images' | 'graph_keras_model';
  readonly value:
    | { readonly kind: 'float'; readonly data: number }
    | { readonly kind: 'doubles'; readonly data: Float64Array; readonly shape: readonly [number, number] }
    | { readonly kind: 'strings'; readonly data: readonly (string | Uint8Array)[]; readonly scalar: boolean };
}

export function scalar(tag: string, value: number): Summary {
  return { tag, plugin: 'scalars', value: { kind: 'float', data: value } };
}

/** As many as TensorBoard's own function makes. */
const BUCKETS = 30;

/**
 * Counts of values in buckets of equal width, rows of [left, right, count]. Where all values are equal, all are in the last.
 * NaN and the infinities, which lie in no bucket, are left out.
 */
export function histogram(tag: string, values: ArrayLike<number>): Summary | undefined {
  const finite = Float64Array.from(values).filter(Number.isFinite);
  if (finite.length === 0) return undefined;
  let [min, max] = [finite[0]!, finite[0]!];
  for (const v of finite) {
    min = Math.min(min, v);
    max = Math.max(max, v);
  }
  const width = (max - min) / BUCKETS;
  const data = new Float64Array(BUCKETS * 3);
  for (let i = 0; i < BUCKETS; i++) {
    data[i * 3] = min + i * width;
    data[i * 3 + 1] = i === BUCKETS - 1 ? max : min + (i + 1) * width;
  }
  for (const v of finite) {
    const at = width === 0 ? BUCKETS - 1 : Math.min(BUCKETS - 1, Math.floor((v - min) / width));
    data[at * 3 + 2]!++;
  }
  return { tag, plugin: 'histograms', value: { kind: 'doubles', data, shape: [BUCKETS, 3] } };
}

/** Pictures of equal size, one after the other: rows, columns, channels. */
export interface Pictures {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3 | 4;
  readonly data: ArrayLike<number>;
}

/** More pictures of one weight than these are not shown. */
const MOST_PICTURES = 3;

/** The pictures that show a weight, as Keras lays them out; none for shapes that make no picture. */
export function weightAsPictures(shape: readonly number[], data: ArrayLike<number>): Pictures | undefined {
  const sizes = shape.filter((d) => d !== 1);
  if (data.length === 0) return undefined;
  const [a = 1, b = 1, c = 1, d = 1] = sizes;
  switch (sizes.length) {
    case 1:
      return { count: 1, height: a, width: 1, channels: 1, data };
    case 2:
      if (a <= b) return { count: 1, height: a, width: b, channels: 1, data };
      return { count: 1, height: b, width: a, channels: 1, data: turned(data, a, b) };
    case 3:
      return { count: c, height: a, width: b, channels: 1, data: turned(data, a * b, c) };
    case 4:
      return d === 3 || d === 4 ? { count: a, height: b, width: c, channels: d, data } : undefined;
    default:
      return undefined;
  }
}

function turned(data: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c]!;
  return out;
}

/** PNG pictures of values from 0 to 1; what lies outside is cut off. */
export async function images(tag: string, pictures: Pictures): Promise<Summary> {
  const { encode } = await import('fast-png');
  const { height, width, channels, count } = pictures;
  const size = height * width * channels;
  const encoded: Uint8Array[] = [];
  for (let i = 0; i < Math.min(count, MOST_PICTURES); i++) {
    const data = Uint8Array.from({ length: size }, (_, j) => level(pictures.data[i * size + j]!));
    encoded.push(encode({ width, height, channels, depth: 8, data }));
  }
  return {
    tag,
    plugin: 'images',
    value: { kind: 'strings', data: [String(width), String(height), ...encoded], scalar: false },
  };
}

function level(value: number): number {
  return Number.isNaN(value) ? 0 : Math.max(0, Math.min(255, Math.floor(value * 255.5)));
}

/** The configuration of a model, of which TensorBoard draws the graph. */
export function kerasModel(json: string): Summary {
  return { tag: 'keras', plugin: 'graph_keras_model', value: { kind: 'strings', data: [json], scalar: true } };
}
