import { forgetPrograms } from './program-cache.ts';

const counts = new Map<string, number>();

/** `BatchNormalization` -> `batch_normalization`, `Conv2D` -> `conv2d`, `LSTM` -> `lstm`: as Keras names things. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** `initialState` -> `initial_state`. */
export function snakeKey(key: string): string {
  return key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
}

/** `initial_state` -> `initialState`. */
export function camelKey(key: string): string {
  return key.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
}

/** The next free automatic name: `dense`, `dense_1`, `dense_2` ... */
export function uniqueName(prefix: string): string {
  const n = counts.get(prefix) ?? 0;
  counts.set(prefix, n + 1);
  return n === 0 ? prefix : `${prefix}_${n}`;
}

/** The automatic name for an instance of the class `className`. */
export function autoName(className: string): string {
  return uniqueName(snakeCase(className));
}

/** Starts automatic names over, as `keras.utils.clear_session` does, and gives back what compiled operations hold. */
export function clearSession(): void {
  counts.clear();
  forgetPrograms();
}

const path: string[] = [];

/** Runs `f` with `name` as one more part of the path of the variables that it makes. */
export function withPath<T>(name: string, f: () => T): T {
  path.push(name);
  try {
    return f();
  } finally {
    path.pop();
  }
}

export function variablePath(name: string): string {
  return [...path, name].join('/');
}
