import { checkOptions, describe, OlifantError } from '../errors.ts';
import { checkFlag } from '../keras-object.ts';
import { Callback, type Logs } from './callback.ts';

export interface RemoteMonitorOptions {
  /** Default `'http://localhost:9000'`. */
  root?: string;
  /** Default `'/publish/epoch/end/'`. */
  path?: string;
  /** The field of the form that holds the JSON, without `sendAsJson`. Default `'data'`. */
  field?: string;
  headers?: Readonly<Record<string, string>> | null;
  /** Whether the JSON is the body of the request. Default `false`: it is a field of a form. */
  sendAsJson?: boolean;
}

/** A server that does not answer for so long (milliseconds) counts as absent: training must not hang. */
const PATIENCE = 10_000;

/**
 * Sends the metrics of each epoch to a server by HTTP POST (Keras's `RemoteMonitor`): `{ epoch, loss ... }`, with `null` for
 * NaN and the infinities, which JSON does not have. A server that cannot be reached does not end the training; it is told once.
 */
export class RemoteMonitor extends Callback {
  readonly root: string;
  readonly path: string;
  readonly field: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sendAsJson: boolean;
  #told = false;

  constructor(options: RemoteMonitorOptions = {}) {
    super();
    checkOptions('RemoteMonitor', options, ['root', 'path', 'field', 'headers', 'sendAsJson']);
    this.root = options.root ?? 'http://localhost:9000';
    this.path = options.path ?? '/publish/epoch/end/';
    this.field = options.field ?? 'data';
    this.headers = { ...options.headers };
    this.sendAsJson = checkFlag('RemoteMonitor', 'sendAsJson', options.sendAsJson ?? false);
    if (!URL.canParse(this.root + this.path))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `RemoteMonitor: root and path must make an address, got ${describe(this.root + this.path)}`,
      );
  }

  override async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const json = JSON.stringify({ epoch, ...logs });
    const type: Record<string, string> = this.sendAsJson ? { 'content-type': 'application/json' } : {};
    try {
      const response = await fetch(this.root + this.path, {
        method: 'POST',
        headers: { ...type, ...this.headers },
        body: this.sendAsJson ? json : new URLSearchParams({ [this.field]: json }),
        signal: AbortSignal.timeout(PATIENCE),
      });
      await response.arrayBuffer();
    } catch (error) {
      if (!this.#told) console.warn(`olifant: RemoteMonitor cannot reach ${this.root}: ${reason(error)}`);
      this.#told = true;
    }
  }
}

function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}, ${cause.message || (cause as { code?: string }).code}` : message;
}
