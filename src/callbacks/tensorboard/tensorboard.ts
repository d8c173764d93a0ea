import { checkOptions, describe, OlifantError } from '../../errors.ts';
import { checkFlag, checkWhole } from '../../keras-object.ts';
import { type Layer, serializeLayer } from '../../layers/index.ts';
import { Callback, type CallbackState, type Logs } from '../callback.ts';
import { namedRates } from '../learning-rates.ts';
import { scalarOf } from '../log-values.ts';
import { joinPath } from '../node-fs.ts';
import { checkMetadata, type EmbeddingsMetadata, writeEmbeddings, writeProjectorConfig } from './embeddings.ts';
import { EventWriter } from './event-writer.ts';
import { histogram, images, kerasModel, type Summary, scalar, weightAsPictures } from './summaries.ts';

export interface TensorBoardOptions {
  /** Epochs between two histograms of the weights; 0: none. Default 0. */
  histogramFreq?: number;
  /** Whether the graph of a functional or sequential model is written. Default `true`. */
  writeGraph?: boolean;
  /** Whether weights are written as pictures, with each histogram. Default `false`. */
  writeImages?: boolean;
  /** Whether the speed of training is written. Default `false`. */
  writeStepsPerSecond?: boolean;
  /** `'epoch'`, or after how many batches metrics are written besides (`'batch'`: 1). Default `'epoch'`. */
  updateFreq?: 'epoch' | 'batch' | number;
  /** Profiles are not supported: 0. */
  profileBatch?: 0;
  /** Epochs between two times that embeddings are written; 0: never. Default 0. */
  embeddingsFreq?: number;
  /** The file with the labels of the rows (TSV), relative to `logDir`: of all `Embedding` layers, or by the layers' names. */
  embeddingsMetadata?: EmbeddingsMetadata | null;
}

const OPTIONS: readonly (keyof TensorBoardOptions)[] = [
  'histogramFreq',
  'writeGraph',
  'writeImages',
  'writeStepsPerSecond',
  'updateFreq',
  'profileBatch',
  'embeddingsFreq',
  'embeddingsMetadata',
];

type Kind = 'train' | 'validation';

const seconds = () => performance.now() / 1000;

/**
 * Writes what TensorBoard shows (Keras's `TensorBoard`, with its tags): metrics as `epoch_*`, `batch_*` and
 * `evaluation_*_vs_iterations`, histograms and pictures of weights, the model's graph, embeddings. Look at it with
 * `tensorboard --logdir logs`. Embeddings are written as TSV files, which TensorBoard's projector reads.
 *
 * @example
 * await model.fit(x, y, { epochs: 5, callbacks: new TensorBoard('logs', { histogramFreq: 1 }) });
 */
export class TensorBoard extends Callback {
  readonly logDir: string;
  readonly histogramFreq: number;
  readonly writeGraph: boolean;
  readonly writeImages: boolean;
  readonly writeStepsPerSecond: boolean;
  readonly updateFreq: 'epoch' | number;
  readonly embeddingsFreq: number;
  readonly embeddingsMetadata: EmbeddingsMetadata | null;
  readonly #writers = new Map<Kind, EventWriter>();
  #trainBatch = 0;
  #testBatch = 0;
  #batchBegan = 0;
  #epochBegan = 0;
  #stepsBefore = 0;
  #fitting = false;

  /** @param logDir Default `'logs'`; events go to `train` and `validation` in it. */
  constructor(logDir = 'logs', options: TensorBoardOptions = {}) {
    super();
    const owner = 'TensorBoard';
    if (typeof logDir !== 'string' || logDir === '')
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: expected the path of a folder, got ${describe(logDir)}`);
    checkOptions(owner, options, OPTIONS);
    this.logDir = logDir;
    this.histogramFreq = checkWhole(owner, 'histogramFreq', options.histogramFreq ?? 0);
    this.writeGraph = checkFlag(owner, 'writeGraph', options.writeGraph ?? true);
    this.writeImages = checkFlag(owner, 'writeImages', options.writeImages ?? false);
    this.writeStepsPerSecond = checkFlag(owner, 'writeStepsPerSecond', options.writeStepsPerSecond ?? false);
    const freq = options.updateFreq ?? 'epoch';
    this.updateFreq = freq === 'epoch' ? freq : freq === 'batch' ? 1 : checkWhole(owner, 'updateFreq', freq, 1);
    this.embeddingsFreq = checkWhole(owner, 'embeddingsFreq', options.embeddingsFreq ?? 0);
    this.embeddingsMetadata = options.embeddingsMetadata ?? null;
    if (options.profileBatch)
      throw new OlifantError('UNSUPPORTED', `${owner}: profiles are not supported yet; leave profileBatch out`);
  }

  async #write(kind: Kind, step: number, summaries: readonly (Summary | undefined)[]): Promise<void> {
    let writer = this.#writers.get(kind);
    if (writer === undefined) {
      writer = await EventWriter.open(joinPath(this.logDir, kind));
      this.#writers.set(kind, writer);
    }
    for (const summary of summaries) if (summary !== undefined) writer.write(summary, step);
  }

  #close(): void {
    for (const writer of this.#writers.values()) writer.close();
    this.#writers.clear();
  }

  override async onTrainBegin(): Promise<void> {
    this.#fitting = true;
    this.#trainBatch = 0;
    this.#testBatch = 0;
    if (this.embeddingsFreq > 0) checkMetadata(this.model.layers, this.embeddingsMetadata);
    const graph = this.writeGraph ? this.#graph() : undefined;
    await this.#write('train', 0, [graph]);
    if (this.embeddingsFreq > 0) writeProjectorConfig(this.logDir, this.model.layers, this.embeddingsMetadata);
  }

  /** The graph of a model of which a configuration says everything. */
  #graph(): Summary | undefined {
    const model = this.model as unknown as Layer;
    if (model.className !== 'Functional' && model.className !== 'Sequential') return undefined;
    return kerasModel(JSON.stringify(serializeLayer(model)));
  }

  override onTrainEnd(): void {
    this.#fitting = false;
    this.#close();
  }

  override onTrainBatchBegin(): void {
    this.#trainBatch++;
    this.#batchBegan = seconds();
  }

  override onTrainBatchEnd(_batch: number, logs: Logs): void | Promise<void> {
    if (this.updateFreq === 'epoch' || this.#trainBatch % this.updateFreq !== 0) return undefined;
    const metrics = Object.entries(logs).map(([name, value]) => scalar(`batch_${name}`, scalarOf(value)));
    if (this.writeStepsPerSecond)
      metrics.unshift(scalar('batch_steps_per_second', 1 / Math.max(seconds() - this.#batchBegan, 1e-9)));
    return this.#write('train', this.#trainBatch, metrics);
  }

  override onTestBatchBegin(): void {
    this.#testBatch++;
  }

  override async onTestEnd(logs: Logs): Promise<void> {
    const { optimizer } = this.model;
    if (optimizer !== null)
      await this.#write(
        'validation',
        optimizer.iteration.read()[0]!,
        Object.entries(logs).map(([name, value]) => scalar(`evaluation_${name}_vs_iterations`, scalarOf(value))),
      );
    // Nothing else tells that an evaluation by itself has ended.
    if (!this.#fitting) this.#close();
  }

  override onEpochBegin(): void {
    this.#epochBegan = seconds();
    this.#stepsBefore = this.model.optimizer!.iteration.read()[0]!;
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const entries = Object.entries(logs);
    const train = new Map(entries.filter(([name]) => !name.startsWith('val_')));
    const { optimizer } = this.model;
    for (const { key, optimizer: o } of namedRates(optimizer)) train.set(key, o.learningRate);
    if (this.writeStepsPerSecond) {
      const steps = optimizer!.iteration.read()[0]! - this.#stepsBefore;
      train.set('steps_per_second', steps / Math.max(seconds() - this.#epochBegan, 1e-9));
    }
    const summaries = [...train].map(([name, value]) => scalar(`epoch_${name}`, scalarOf(value)));
    await this.#write('train', epoch, summaries);
    const validation = entries.filter(([name]) => name.startsWith('val_'));
    if (validation.length > 0)
      await this.#write(
        'validation',
        epoch,
        validation.map(([name, v]) => scalar(`epoch_${name.slice(4)}`, scalarOf(v))),
      );
    if (this.histogramFreq > 0 && epoch % this.histogramFreq === 0) await this.#writeWeights(epoch);
    if (this.embeddingsFreq > 0 && epoch % this.embeddingsFreq === 0) writeEmbeddings(this.logDir, this.model.layers);
  }

  async #writeWeights(epoch: number): Promise<void> {
    for (const weight of this.model.layers.flatMap((layer) => layer.weights)) {
      const name = weight.path.replaceAll(':', '_');
      const summaries: (Summary | undefined)[] = [histogram(`${name}/histogram`, weight.read())];
      const pictures = this.writeImages ? weightAsPictures(weight.shape, weight.read()) : undefined;
      if (pictures !== undefined) summaries.push(await images(`${name}/image`, pictures));
      await this.#write('train', epoch, summaries);
    }
  }

  override getState(): CallbackState {
    return { values: { trainBatch: this.#trainBatch, testBatch: this.#testBatch } };
  }

  override setState({ values }: CallbackState): void {
    this.#trainBatch = values.trainBatch as number;
    this.#testBatch = values.testBatch as number;
  }
}
