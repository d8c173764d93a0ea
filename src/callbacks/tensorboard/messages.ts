import type { PbfWriter } from 'pbf';
import type { Summary } from './summaries.ts';

type Library = typeof import('pbf');

/**
 * The messages of TensorFlow's event.proto, summary.proto, tensor.proto and types.proto that are written here. Numbers are
 * those of the fields.
 */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, tensor: 8, metadata: 9 } as const;
const METADATA = { pluginData: 1, dataClass: 4 } as const;
const PLUGIN = { name: 1, content: 2 } as const;
const TENSOR = { dtype: 1, shape: 2, content: 4, floats: 5, strings: 8 } as const;
const SHAPE = { dim: 2, size: 1 } as const;
const DTYPE = { float: 1, double: 2, string: 7 } as const;
const DATA_CLASS = { scalars: 1, histograms: 2, images: 3, graph_keras_model: 2 } as const;

/** What plugins write beside their name: pictures, that they are a tensor; graphs, a version. */
const CONTENT: Partial<Record<Summary['plugin'], Uint8Array>> = {
  images: Uint8Array.of(0x10, 0x01),
  graph_keras_model: Uint8Array.of(0x31),
};

/** One event: the first of a file has its version, the others a summary. */
export function encodeEvent(
  { PbfWriter }: Library,
  event: { wallTime: number; step?: number; fileVersion?: string; summary?: Summary },
): Uint8Array {
  const out = new PbfWriter();
  out.writeDoubleField(EVENT.wallTime, event.wallTime);
  if (event.step !== undefined) out.writeVarintField(EVENT.step, event.step);
  if (event.fileVersion !== undefined) out.writeStringField(EVENT.fileVersion, event.fileVersion);
  if (event.summary !== undefined) out.writeMessage(EVENT.summary, writeSummary, event.summary);
  return out.finish();
}

function writeSummary(summary: Summary, out: PbfWriter): void {
  out.writeMessage(SUMMARY.value, writeValue, summary);
}

function writeValue({ tag, plugin, value }: Summary, out: PbfWriter): void {
  out.writeStringField(VALUE.tag, tag);
  out.writeMessage(VALUE.metadata, writeMetadata, plugin);
  out.writeMessage(VALUE.tensor, writeTensor, value);
}

function writeMetadata(plugin: Summary['plugin'], out: PbfWriter): void {
  out.writeMessage(METADATA.pluginData, writePlugin, plugin);
  out.writeVarintField(METADATA.dataClass, DATA_CLASS[plugin]);
}

function writePlugin(plugin: Summary['plugin'], out: PbfWriter): void {
  out.writeStringField(PLUGIN.name, plugin);
  const content = CONTENT[plugin];
  if (content !== undefined) out.writeBytesField(PLUGIN.content, content);
}

function writeTensor(value: Summary['value'], out: PbfWriter): void {
  if (value.kind === 'float') {
    out.writeVarintField(TENSOR.dtype, DTYPE.float);
    out.writeMessage(TENSOR.shape, writeShape, []);
    out.writePackedFloat(TENSOR.floats, [value.data]);
  } else if (value.kind === 'doubles') {
    out.writeVarintField(TENSOR.dtype, DTYPE.double);
    out.writeMessage(TENSOR.shape, writeShape, value.shape);
    out.writeBytesField(TENSOR.content, littleEndian(value.data));
  } else {
    const encoder = new TextEncoder();
    out.writeVarintField(TENSOR.dtype, DTYPE.string);
    out.writeMessage(TENSOR.shape, writeShape, value.scalar ? [] : [value.data.length]);
    for (const item of value.data)
      out.writeBytesField(TENSOR.strings, typeof item === 'string' ? encoder.encode(item) : item);
  }
}

function writeShape(shape: readonly number[], out: PbfWriter): void {
  for (const size of shape)
    out.writeMessage(SHAPE.dim, (n: number, dim: PbfWriter) => dim.writeVarintField(SHAPE.size, n), size);
}

function littleEndian(values: Float64Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 8));
  values.forEach((v, i) => {
    view.setFloat64(i * 8, v, true);
  });
  return new Uint8Array(view.buffer);
}
