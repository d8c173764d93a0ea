import type { CallbackHooks } from '../callbacks/callback.ts';
import type { Backup, TrainingRun } from '../callbacks/training-run.ts';
import type { BatchSource } from '../data/batches.ts';
import type { SourceCursor } from '../data/cursor.ts';
import { OlifantError } from '../errors.ts';
import type { Layer } from '../layers/layer.ts';
import { globalRandom, type RandomState } from '../trace/random-host.ts';
import { SeedGenerator } from '../trace/seed-generator.ts';
import type { Tensor } from '../trace/tensor.ts';
import type { Variable } from '../trace/variable.ts';
import type { StepProgram } from './programs.ts';
import type { Trainer } from './trainer.ts';

/** Where a training stands. */
interface Place {
  /** The epoch, and the steps of it that are done. */
  readonly epoch: number;
  readonly step: number;
  readonly stop: boolean;
  readonly training: SourceCursor | null;
  readonly validation: SourceCursor | null;
  readonly random: RandomState;
}

/** Where `fit` is, in a way that can be kept in a file and gone on from, bit for bit. */
export class FitRun implements TrainingRun {
  readonly callbacks: readonly CallbackHooks[];
  readonly #trainer: Trainer;
  readonly #sources: { readonly training: BatchSource; readonly validation: BatchSource | null };
  #epoch: number;
  #step = 0;
  /** The program of the last step. */
  #program: StepProgram | null = null;
  /** What was read of a file, until the first step: its path, and the values of what is not there before. */
  #restored: { readonly path: string; readonly metrics: readonly Tensor[]; readonly others: readonly Tensor[] } | null =
    null;

  constructor(
    trainer: Trainer,
    sources: { training: BatchSource; validation: BatchSource | null },
    callbacks: readonly CallbackHooks[],
    firstEpoch: number,
  ) {
    this.#trainer = trainer;
    this.#sources = sources;
    this.callbacks = callbacks;
    this.#epoch = firstEpoch;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** @returns The steps of the epoch that were made before an interruption. */
  beginEpoch(epoch: number): number {
    if (epoch !== this.#epoch) this.#step = 0;
    this.#epoch = epoch;
    return this.#step;
  }

  /** @returns The number of the step in its epoch, which this program is about to make. */
  beginStep(program: StepProgram): number {
    this.#program = program;
    if (this.#restored !== null) {
      write(this.#restored.others, this.#others, 'variables');
      this.#restoreMetrics();
      this.#restored = null;
    }
    return this.#step++;
  }

  /** Before the metrics of an epoch are read of which no step was left to be made. */
  endSteps(): void {
    this.#restoreMetrics();
  }

  endEpoch(): void {
    this.#epoch++;
    this.#step = 0;
  }

  /** What callbacks changed when an epoch began which had begun before must not be changed twice. */
  async restoreAgain(): Promise<void> {
    const { model } = this.#trainer;
    if (this.#restored === null) return;
    const { tensors } = await model.loadBackup(this.#restored.path);
    write(tensors[SEEDS]!, this.#seeds, 'seeds');
  }

  get #metrics(): readonly Variable[] {
    return [...new Set(this.#trainer.metrics.flatMap((m) => m.metric.variables))];
  }

  /** The states of the layers' sources of random numbers, which files of weights do not have. */
  get #seeds(): readonly Variable[] {
    const layers = new Set<Layer>([this.#trainer.model]);
    for (const layer of layers) for (const inner of layer.sublayers) layers.add(inner);
    const held = [...layers].flatMap((layer) => Object.values(layer));
    return [...new Set(held.filter((v) => v instanceof SeedGenerator))].map((g) => g.state);
  }

  /**
   * What else a step changes: sources of random numbers and optimizers that a step of the model's own has. Which weights such a
   * step gives to the optimizer is known only when it is traced, so its state is among these, too.
   */
  get #others(): readonly Variable[] {
    const { model, optimizer } = this.#trainer;
    const state = optimizer?.variables ?? [];
    const own = model.hasOwnStep('train');
    const known = new Set([...model.weights, ...(own ? [] : state), ...this.#metrics, ...this.#seeds]);
    const changed = this.#program?.compiled.traced.updates.map((u) => u.variable) ?? [];
    return [...new Set([...changed, ...(own ? state : [])])].filter((v) => !known.has(v));
  }

  /** Metrics are gathered over an epoch, so they count where one was interrupted. */
  #restoreMetrics(): void {
    if (this.#restored !== null && this.#step > 0) write(this.#restored.metrics, this.#metrics, 'metrics');
  }

  async save(path: string, extra: Backup): Promise<void> {
    const { model } = this.#trainer;
    const { training, validation } = this.#sources;
    const place: Place = {
      epoch: this.#epoch,
      step: this.#step,
      stop: model.stopTraining,
      training: training.cursor,
      validation: validation?.cursor ?? null,
      random: globalRandom().state,
    };
    const own = [
      this.#step === 0 ? [] : values(this.#metrics),
      values(this.#seeds),
      this.#restored?.others ?? values(this.#others),
    ];
    await model.saveBackup(path, { values: { place, extra: extra.values }, tensors: [...own, ...extra.tensors] });
  }

  async restore(path: string): Promise<Backup> {
    const { model } = this.#trainer;
    const { values: kept, tensors } = await model.loadBackup(path);
    const place = kept.place as Place;
    const { training, validation } = this.#sources;
    training.seek(place.training, place.step);
    validation?.seek(place.validation, 0);
    globalRandom().state = place.random;
    model.stopTraining = place.stop;
    this.#epoch = place.epoch;
    this.#step = place.step;
    const [metrics, seeds, others] = tensors.slice(0, OWN);
    this.#restored = { path, metrics: metrics!, others: others! };
    write(seeds!, this.#seeds, 'seeds');
    return { values: kept.extra as Backup['values'], tensors: tensors.slice(OWN) };
  }
}

/** The lists of tensors that stand before those of callbacks: metrics, seeds, others. */
const SEEDS = 1;
const OWN = 3;

const values = (variables: readonly Variable[]): Tensor[] => variables.map((v) => v.value());

function write(tensors: readonly Tensor[], variables: readonly Variable[], what: string): void {
  if (tensors.length !== variables.length || tensors.some((t, i) => t.size !== variables[i]!.size))
    throw new OlifantError(
      'INVALID_FILE',
      `BackupAndRestore: the backup is of a model with other ${what}; build and compile it as before, or delete the backup`,
    );
  tensors.forEach((t, i) => {
    variables[i]!.write(t.dataSync());
  });
}
