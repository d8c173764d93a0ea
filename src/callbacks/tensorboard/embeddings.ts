import { unknownId } from '../../errors.ts';
import type { Layer } from '../../layers/index.ts';
import { joinPath, nodeFs } from '../node-fs.ts';

/** One path for all layers, or one each by the layer's name. */
export type EmbeddingsMetadata = string | Readonly<Record<string, string>>;

function embeddingLayers(layers: readonly Layer[]): Layer[] {
  return layers.filter((layer) => layer.className === 'Embedding');
}

/** The file with an embedding's rows, in the folder of the logs. */
function fileOf(layer: Layer): string {
  return `${layer.name.replace(/[^\w.-]/g, '_')}.embeddings.tsv`;
}

/** @throws OlifantError `UNKNOWN_ID` for names that no `Embedding` layer has. */
export function checkMetadata(layers: readonly Layer[], metadata: EmbeddingsMetadata | null): void {
  const known = embeddingLayers(layers).map((layer) => layer.name);
  for (const name of typeof metadata === 'string' ? [] : Object.keys(metadata ?? {}))
    if (!known.includes(name)) throw unknownId('Embedding layer in embeddingsMetadata', name, known);
}

/** Tells TensorBoard's projector where the embeddings are (`ProjectorConfig` of projector_config.proto, as text). */
export function writeProjectorConfig(
  folder: string,
  layers: readonly Layer[],
  metadata: EmbeddingsMetadata | null,
): void {
  const text = embeddingLayers(layers).map((layer) => {
    const path = typeof metadata === 'string' ? metadata : metadata?.[layer.name];
    const fields = [
      `tensor_name: ${JSON.stringify(`${layer.name}/embeddings`)}`,
      `tensor_path: ${JSON.stringify(fileOf(layer))}`,
      ...(path === undefined ? [] : [`metadata_path: ${JSON.stringify(path)}`]),
    ];
    return `embeddings {\n${fields.map((f) => `  ${f}\n`).join('')}}\n`;
  });
  const fs = nodeFs('TensorBoard');
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(joinPath(folder, 'projector_config.pbtxt'), text.join(''));
}

/** The rows of each embedding as a table. */
export function writeEmbeddings(folder: string, layers: readonly Layer[]): void {
  const fs = nodeFs('TensorBoard');
  for (const layer of embeddingLayers(layers)) {
    const weight = layer.weights[0]!;
    const values = weight.read();
    const width = weight.shape.at(-1)!;
    const rows: string[] = [];
    for (let at = 0; at < values.length; at += width) rows.push(`${values.slice(at, at + width).join('\t')}\n`);
    fs.writeFileSync(joinPath(folder, fileOf(layer)), rows.join(''));
  }
}
