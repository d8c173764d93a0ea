import { checkOptions, describe, OlifantError } from '../errors.ts';
import { checkFlag } from '../keras-object.ts';
import type { Tensor } from '../trace/tensor.ts';
import { Callback, type CallbackHooks } from './callback.ts';
import { joinPath, nodeFs } from './node-fs.ts';
import { ProgbarLogger } from './progbar-logger.ts';
import { BatchCounter, checkSaveFrequency, type SaveFrequency } from './save-frequency.ts';
import type { Backup, TrainingRun } from './training-run.ts';

export interface BackupAndRestoreOptions {
  /** `'epoch'`, or after how many batches. Default `'epoch'`. */
  saveFreq?: SaveFrequency;
  /** Whether the backup before the last is kept too, for when the last cannot be read. Default `false`. */
  doubleCheckpoint?: boolean;
  /** Whether the backup is deleted when training has ended. Default `true`. */
  deleteCheckpoint?: boolean;
}

interface KeptCallback {
  readonly name: string;
  readonly values: Readonly<Record<string, unknown>> | null;
}

/**
 * Lets a training that was killed go on as if it had not been (Keras's `BackupAndRestore`): run the same program again. Kept
 * are weights, optimizer, metrics, the order of the samples and the place in it, the state of everything random, the history,
 * and what other callbacks must remember (`getState`); so weights and history become, bit for bit, those of a training that was
 * never interrupted. A backup is one file that is written whole or not at all.
 *
 * What it cannot keep: what generators of batches and callbacks of one's own remember elsewhere. Generators are started anew,
 * and the batches that were taken are left out.
 *
 * @example
 * await model.fit(x, y, { epochs: 100, callbacks: new BackupAndRestore('backup') });
 */
export class BackupAndRestore extends Callback {
  override readonly comesLast = true;
  readonly backupDir: string;
  readonly saveFreq: SaveFrequency;
  readonly doubleCheckpoint: boolean;
  readonly deleteCheckpoint: boolean;
  #counter = new BatchCounter();
  #isDue = false;

  /** @param backupDir A folder for the backup of this training alone; it is made where it is missing. */
  constructor(backupDir: string, options: BackupAndRestoreOptions = {}) {
    super();
    const owner = 'BackupAndRestore';
    checkOptions(owner, options, ['saveFreq', 'doubleCheckpoint', 'deleteCheckpoint']);
    if (typeof backupDir !== 'string' || backupDir === '')
      throw new OlifantError('INVALID_ARGUMENT', `${owner}: expected the path of a folder, got ${describe(backupDir)}`);
    this.backupDir = backupDir;
    this.saveFreq = checkSaveFrequency(owner, options.saveFreq ?? 'epoch');
    this.doubleCheckpoint = checkFlag(owner, 'doubleCheckpoint', options.doubleCheckpoint ?? false);
    this.deleteCheckpoint = checkFlag(owner, 'deleteCheckpoint', options.deleteCheckpoint ?? true);
  }

  get #latest(): string {
    return joinPath(this.backupDir, 'latest.backup');
  }

  get #previous(): string {
    return joinPath(this.backupDir, 'previous.backup');
  }

  get #run(): TrainingRun {
    const run = this.model.training;
    if (run === null) throw new OlifantError('INVALID_ARGUMENT', 'BackupAndRestore: it works inside of fit only');
    return run;
  }

  /** The progress bar remembers nothing, and may be there or not. */
  get #others(): readonly CallbackHooks[] {
    return this.#run.callbacks.filter((c) => !(c instanceof ProgbarLogger));
  }

  override async onTrainBegin(): Promise<void> {
    const fs = nodeFs('BackupAndRestore');
    this.#counter = new BatchCounter();
    this.#isDue = false;
    this.#tidy();
    const found = [this.#latest, this.#previous].filter((path) => fs.existsSync(path));
    if (found.length > 0 && !this.model.built)
      throw new OlifantError(
        'NOT_BUILT',
        `BackupAndRestore: model '${this.model.name}' has no weights yet to be restored; give its first layer a shape, or call build`,
      );
    for (const [i, path] of found.entries()) {
      try {
        await this.#restore(path);
        return;
      } catch (error) {
        if (i === found.length - 1) throw error;
      }
    }
  }

  /** Removes what a save that was killed has left. */
  #tidy(): void {
    const fs = nodeFs('BackupAndRestore');
    if (!fs.existsSync(this.backupDir)) return;
    for (const name of fs.readdirSync(this.backupDir))
      if (/^latest\.backup\..*\.tmp$/.test(name)) fs.rmSync(joinPath(this.backupDir, name), { force: true });
  }

  override async onTrainBatchEnd(batch: number): Promise<void> {
    if (this.#counter.isDue(batch, this.saveFreq)) this.#isDue = true;
    // After the last batch the epoch ends first: what it logs belongs to this process.
    if (this.#isDue && batch + 1 !== this.params.steps) await this.#save();
  }

  override async onEpochEnd(): Promise<void> {
    if (this.#isDue || this.saveFreq === 'epoch') await this.#save();
  }

  async #save(): Promise<void> {
    this.#isDue = false;
    const fs = nodeFs('BackupAndRestore');
    fs.mkdirSync(this.backupDir, { recursive: true });
    // At every moment one of the two names holds a whole backup.
    if (this.doubleCheckpoint && fs.existsSync(this.#latest)) fs.renameSync(this.#latest, this.#previous);
    await this.#run.save(this.#latest, this.#collect());
  }

  #collect(): Backup {
    const callbacks: KeptCallback[] = [];
    const tensors: (readonly Tensor[])[] = [];
    for (const callback of this.#others) {
      const state = callback.getState?.();
      callbacks.push({ name: callback.constructor.name, values: state?.values ?? null });
      tensors.push(state?.tensors ?? []);
    }
    return { values: { callbacks, counter: this.#counter.state }, tensors };
  }

  async #restore(path: string): Promise<void> {
    const { values, tensors } = await this.#run.restore(path);
    const kept = values.callbacks as readonly KeptCallback[];
    const present = this.#others;
    const isSame = kept.length === present.length && kept.every((k, i) => k.name === present[i]!.constructor.name);
    if (!isSame)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `BackupAndRestore: the backup '${path}' is of a training with the callbacks ${kept.map((k) => k.name).join(', ')}; ` +
          `this one has ${present.map((c) => c.constructor.name).join(', ')}. Give fit the same ones, or delete the backup`,
      );
    for (const [i, { values: state }] of kept.entries())
      if (state !== null) await present[i]!.setState?.({ values: state, tensors: tensors[i] ?? [] });
    this.#counter.state = values.counter as BatchCounter['state'];
  }

  override onTrainEnd(): void {
    if (!this.deleteCheckpoint) return;
    const fs = nodeFs('BackupAndRestore');
    for (const path of [this.#latest, this.#previous]) fs.rmSync(path, { force: true });
    // Nothing else that is in the folder is touched.
    if (fs.existsSync(this.backupDir) && fs.readdirSync(this.backupDir).length === 0) fs.rmdirSync(this.backupDir);
  }
}
