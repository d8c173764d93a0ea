import { checkOptions, describe, OlifantError } from '../errors.ts';
import { checkFlag } from '../keras-object.ts';
import { Callback, type CallbackState, type Logs } from './callback.ts';
import { pythonValue } from './log-values.ts';
import { nodeFs } from './node-fs.ts';

export interface CSVLoggerOptions {
  /** One character between two values. Default `','`. */
  separator?: string;
  /** Whether rows are added to a file that exists. Default `false`: it is replaced. */
  append?: boolean;
}

/**
 * Writes the metrics of each epoch to a CSV file (Keras's `CSVLogger`, byte for byte: columns in alphabetical order after
 * `epoch`, floats as Python prints them, `NA` for what is missing, lines that end with CR LF). The columns are those of the
 * first epoch; where it has no validation, columns for one are kept free.
 *
 * @example
 * await model.fit(x, y, { epochs: 5, callbacks: new CSVLogger('training.csv') });
 */
export class CSVLogger extends Callback {
  readonly filename: string;
  readonly separator: string;
  readonly append: boolean;
  #keys: readonly string[] | null = null;
  #file: number | undefined;
  #size = 0;
  /** After an interruption: the size up to which the file is kept. */
  #kept: number | undefined;

  constructor(filename: string, options: CSVLoggerOptions = {}) {
    super();
    checkOptions('CSVLogger', options, ['separator', 'append']);
    if (typeof filename !== 'string' || filename === '')
      throw new OlifantError('INVALID_ARGUMENT', `CSVLogger: expected the path of a file, got ${describe(filename)}`);
    const separator = options.separator ?? ',';
    if (typeof separator !== 'string' || separator.length !== 1 || '"\r\n'.includes(separator))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `CSVLogger: separator must be one character, no quote or line break, got ${describe(separator)}`,
      );
    this.filename = filename;
    this.separator = separator;
    this.append = checkFlag('CSVLogger', 'append', options.append ?? false);
  }

  override onTrainBegin(): void {
    nodeFs('CSVLogger');
    this.#close();
    this.#keys = null;
    this.#kept = undefined;
  }

  override onEpochEnd(epoch: number, logs: Logs): void {
    const isNew = this.#keys === null;
    this.#keys ??= columns(logs);
    this.#open();
    if (isNew && this.#size === 0) this.#write(['epoch', ...this.#keys]);
    const cells = this.#keys.map((key) => (logs[key] === undefined ? 'NA' : pythonValue(logs[key])));
    this.#write([String(epoch), ...cells]);
  }

  override onTrainEnd(): void {
    this.#open();
    this.#close();
  }

  /** Only when there is something to write, so that an interrupted training finds the file as it left it. */
  #open(): void {
    if (this.#file !== undefined) return;
    const fs = nodeFs('CSVLogger');
    const keeps = this.append || this.#kept !== undefined;
    this.#file = fs.openSync(this.filename, keeps && fs.existsSync(this.filename) ? 'r+' : 'w');
    this.#size = fs.fstatSync(this.#file).size;
    const kept = this.#kept ?? this.#size;
    this.#kept = undefined;
    if (kept >= this.#size) return;
    fs.ftruncateSync(this.#file, kept);
    this.#size = kept;
  }

  #write(cells: readonly string[]): void {
    const line = Buffer.from(`${cells.map((cell) => quoted(cell, this.separator)).join(this.separator)}\r\n`);
    this.#size += nodeFs('CSVLogger').writeSync(this.#file!, line, 0, line.length, this.#size);
  }

  #close(): void {
    if (this.#file !== undefined) nodeFs('CSVLogger').closeSync(this.#file);
    this.#file = undefined;
  }

  override getState(): CallbackState | undefined {
    if (this.#file === undefined && this.#kept === undefined) return undefined;
    return { values: { keys: this.#keys, size: this.#kept ?? this.#size } };
  }

  override setState({ values }: CallbackState): void {
    this.#close();
    this.#keys = values.keys as readonly string[] | null;
    this.#kept = values.size as number;
  }
}

function columns(logs: Logs): string[] {
  const keys = Object.keys(logs).sort();
  return keys.some((k) => k.startsWith('val_')) ? keys : [...keys, ...keys.map((k) => `val_${k}`)];
}

/** Quotes around what would be read otherwise, as in RFC 4180. */
function quoted(cell: string, separator: string): string {
  const odd = cell.includes(separator) || /["\r\n]/.test(cell);
  return odd ? `"${cell.replaceAll('"', '""')}"` : cell;
}
