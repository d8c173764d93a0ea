import { checkOptions, describe, OlifantError } from '../errors.ts';
import { checkFlag, checkNumber } from '../keras-object.ts';
import { Callback, type CallbackState, type Logs } from './callback.ts';
import { writeOut } from './console.ts';
import { fixed } from './format.ts';
import { checkMonitor, isBetter, type MonitorMode, monitored, moreIsBetter } from './monitor.ts';
import { folderOf, nodeFs } from './node-fs.ts';
import { type FormatValues, formatPython } from './python-format.ts';
import { BatchCounter, checkSaveFrequency, type SaveFrequency } from './save-frequency.ts';

export interface ModelCheckpointOptions {
  /** Metric that says which model is best. Default `'val_loss'`. */
  monitor?: string;
  /** 1 prints what it does. Default 0. */
  verbose?: 0 | 1;
  /** Whether only models better than all before are saved. Default `false`. */
  saveBestOnly?: boolean;
  /** Whether only the weights (and the optimizer's state) are saved. Default `false`. */
  saveWeightsOnly?: boolean;
  /** Whether less or more of the metric is better. Default `'auto'`: by its name. */
  mode?: MonitorMode;
  /** `'epoch'`, or after how many batches. Default `'epoch'`. */
  saveFreq?: SaveFrequency;
  /** Models no better than this are not saved, with `saveBestOnly`. */
  initialValueThreshold?: number | null;
}

const OPTIONS: readonly (keyof ModelCheckpointOptions)[] = [
  'monitor',
  'verbose',
  'saveBestOnly',
  'saveWeightsOnly',
  'mode',
  'saveFreq',
  'initialValueThreshold',
];

/**
 * Saves the model while it is trained (Keras's `ModelCheckpoint`). Each file is written whole or not at all. Unlike Keras,
 * `saveBestOnly` saves nothing after an epoch in which the metric was not taken (`validationFreq`).
 *
 * @example
 * new ModelCheckpoint('{epoch:02d}-{val_loss:.2f}.keras', { saveBestOnly: true });
 */
export class ModelCheckpoint extends Callback {
  readonly filepath: string;
  readonly monitor: string;
  readonly verbose: 0 | 1;
  readonly saveBestOnly: boolean;
  readonly saveWeightsOnly: boolean;
  readonly mode: MonitorMode;
  readonly saveFreq: SaveFrequency;
  best: number | null;
  readonly #counter = new BatchCounter();
  #epoch = 0;

  /**
   * @param filepath Ends with `.keras`, with `saveWeightsOnly` with `.weights.h5`. `{epoch}` (from 1), `{batch}` and the names
   *   of metrics stand for their values, with formats as in Python: `{epoch:02d}`, `{val_accuracy:.3f}`.
   * @throws OlifantError `INVALID_ARGUMENT` for options that cannot be.
   */
  constructor(filepath: string, options: ModelCheckpointOptions = {}) {
    super();
    const owner = 'ModelCheckpoint';
    checkOptions(owner, options, OPTIONS);
    this.filepath = filepath;
    this.monitor = options.monitor ?? 'val_loss';
    this.verbose = options.verbose ?? 0;
    this.saveBestOnly = checkFlag(owner, 'saveBestOnly', options.saveBestOnly ?? false);
    this.saveWeightsOnly = checkFlag(owner, 'saveWeightsOnly', options.saveWeightsOnly ?? false);
    this.mode = options.mode ?? 'auto';
    this.saveFreq = checkSaveFrequency(owner, options.saveFreq ?? 'epoch');
    const threshold = options.initialValueThreshold ?? null;
    this.best = threshold === null ? null : checkNumber(owner, 'initialValueThreshold', threshold);
    checkMonitor(owner, this.monitor, this.mode);
    const ending = this.saveWeightsOnly ? '.weights.h5' : '.keras';
    if (typeof filepath !== 'string' || !filepath.endsWith(ending))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `${owner}: ${this.saveWeightsOnly ? 'with saveWeightsOnly, ' : ''}the path must end with '${ending}', got ${describe(filepath)}`,
      );
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  override async onTrainBatchEnd(batch: number, logs: Logs): Promise<void> {
    if (this.#counter.isDue(batch, this.saveFreq)) await this.#save(this.#epoch, batch, logs);
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    if (this.saveFreq === 'epoch') await this.#save(epoch, null, logs);
  }

  async #save(epoch: number, batch: number | null, logs: Logs): Promise<void> {
    const values: FormatValues = {
      epoch: BigInt(epoch + 1),
      ...(batch === null ? {} : { batch: BigInt(batch + 1) }),
      ...logs,
    };
    const path = formatPython(this.filepath, values, 'ModelCheckpoint');
    if (this.saveBestOnly && !this.#improves(epoch, logs, path)) return;
    const folder = folderOf(path);
    if (folder !== '') nodeFs('ModelCheckpoint').mkdirSync(folder, { recursive: true });
    if (this.saveWeightsOnly) await this.model.saveWeights(path);
    else await this.model.save(path);
    if (this.verbose > 0) writeOut(`\nEpoch ${epoch + 1}: saved the model to ${path}\n`);
  }

  #improves(epoch: number, logs: Logs, path: string): boolean {
    const { best, monitor, verbose } = this;
    const more = moreIsBetter({ monitor, mode: this.mode, minDelta: 0 }, 'ModelCheckpoint', this.model);
    // Before the end of an epoch there are no values of the validation.
    const value = monitored('ModelCheckpoint', monitor, logs, this.params.validates === true);
    if (value === undefined) return false;
    const improves = isBetter(value, best, 0, more);
    if (verbose > 0) {
      const before = best === null ? 'nothing' : fixed(best, 5);
      writeOut(
        improves
          ? `\nEpoch ${epoch + 1}: ${monitor} went from ${before} to ${fixed(value, 5)}, saving the model to ${path}\n`
          : `\nEpoch ${epoch + 1}: ${monitor} is no better than ${before}\n`,
      );
    }
    if (improves) this.best = value;
    return improves;
  }

  override getState(): CallbackState {
    return { values: { best: this.best, counter: this.#counter.state } };
  }

  override setState({ values }: CallbackState): void {
    this.best = values.best as number | null;
    this.#counter.state = values.counter as BatchCounter['state'];
  }
}

/** Checkpoints in the format of Orbax, a library of JAX's. It cannot be made here: use `ModelCheckpoint`. */
export class OrbaxCheckpoint extends Callback {
  constructor(_directory: string, _options: object = {}) {
    super();
    throw new OlifantError(
      'UNSUPPORTED',
      "OrbaxCheckpoint: Orbax's format is not supported yet; use ModelCheckpoint, or BackupAndRestore to go on after interruptions",
    );
  }
}
