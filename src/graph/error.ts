import { OlifantError } from '../errors.ts';

/** A graph that cannot be: shapes, dtypes or attributes that do not fit. The message says what was expected and got. */
export class GraphError extends OlifantError {
  override readonly name = 'GraphError';

  constructor(message: string, options?: { cause?: unknown }) {
    super('GRAPH', message, options);
  }
}
