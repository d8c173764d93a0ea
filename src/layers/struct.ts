/** One thing, several in order, or several by name. */
export type Struct<T> = T | readonly Struct<T>[] | { readonly [name: string]: Struct<T> };

function isRecord(x: unknown): x is Record<string, unknown> {
  return (
    typeof x === 'object' &&
    x !== null &&
    (Object.getPrototypeOf(x) === Object.prototype || Object.getPrototypeOf(x) === null)
  );
}

/** The leaves in order; a record's in the order of its keys. `null` and `undefined` are leaves. */
export function flatten<T>(struct: Struct<T>): T[] {
  const out: T[] = [];
  const walk = (s: unknown): void => {
    if (Array.isArray(s)) s.forEach(walk);
    else if (isRecord(s)) Object.values(s).forEach(walk);
    else out.push(s as T);
  };
  walk(struct);
  return out;
}

/** The names of the leaves of a record; nothing of anything else, and of records of more than leaves. */
export function keysOf<T>(struct: Struct<T>): string[] | undefined {
  if (!isRecord(struct)) return undefined;
  return Object.values(struct).some((v) => Array.isArray(v) || isRecord(v)) ? undefined : Object.keys(struct);
}

/** The same structure with other leaves. */
export function mapStruct<T, U>(struct: Struct<T>, f: (leaf: T, index: number) => U): Struct<U> {
  let at = 0;
  const walk = (s: unknown): Struct<U> => {
    if (Array.isArray(s)) return s.map(walk);
    if (isRecord(s)) return Object.fromEntries(Object.entries(s).map(([k, v]) => [k, walk(v)]));
    return f(s as T, at++);
  };
  return walk(struct);
}
