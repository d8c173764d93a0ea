/** A graph that cannot be: shapes, dtypes or attributes that do not fit. The message says what was expected and got. */
export class GraphError extends Error {
  readonly code = 'GRAPH';
  override readonly name = 'GraphError';
}
