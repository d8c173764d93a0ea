import { describe, nearest, OlifantError, unknownId } from './errors.ts';

/** A configuration in Keras's words (snake_case), ready for JSON. */
export type Config = Record<string, unknown>;

/** An object in a Keras configuration: what `keras.saving.serialize_keras_object` writes. */
export interface KerasObject {
  readonly module: string | null;
  readonly class_name: string;
  readonly config: Config;
  readonly registered_name: string | null;
}

/** Anything that can be written to a configuration. */
export interface Configurable {
  getConfig(): Config;
}

/** A class that makes its instances from a configuration. */
export interface ObjectClass<T> {
  readonly name: string;
  /** The class's name in files; default: `name`. */
  readonly className?: string;
  fromConfig(config: Config): T;
}

/** Classes (or functions) by the name that a file gives them. */
export type CustomObjects = Readonly<Record<string, unknown>>;

/** What `get` of a module needs to know. */
export interface Family<T> {
  /** As a noun, for messages: `'initializer'`. */
  readonly kind: string;
  /** `'keras.initializers'` */
  readonly module: string;
  /** Every id, with its class. */
  readonly table: Readonly<Record<string, ObjectClass<T>>>;
}

export function classNameOf(cls: { readonly name: string; readonly className?: string }): string {
  return Object.hasOwn(cls, 'className') ? cls.className! : cls.name;
}

/** The object with everything that makes it anew. Classes of the user's are named `Custom>Name`, without a module. */
export function serializeObject<T extends Configurable>(family: Family<T>, object: T): KerasObject {
  const cls = object.constructor as unknown as ObjectClass<T>;
  const name = classNameOf(cls);
  const own = Object.values(family.table).includes(cls);
  return {
    module: own ? family.module : null,
    class_name: name,
    config: object.getConfig(),
    registered_name: own ? null : `Custom>${name}`,
  };
}

export function isKerasObject(x: unknown): x is KerasObject {
  return typeof x === 'object' && x !== null && typeof (x as { class_name?: unknown }).class_name === 'string';
}

/** The class of an id or of a saved object, looked for among the custom objects first. */
export function findClass<T>(
  family: Family<T>,
  name: string,
  registeredName?: string | null,
  customObjects: CustomObjects = {},
): ObjectClass<T> {
  for (const key of [registeredName, name])
    if (key && Object.hasOwn(customObjects, key)) return customObjects[key] as ObjectClass<T>;
  if (Object.hasOwn(family.table, name)) return family.table[name]!;
  const known = Object.keys(family.table);
  if (registeredName?.includes('>') && nearest(name, known) === undefined)
    throw new OlifantError(
      'UNKNOWN_ID',
      `unknown ${family.kind} class '${name}' (${registeredName}); give it as customObjects: { ${name} }`,
    );
  throw unknownId(family.kind, name, known);
}

/** An instance from a saved object. */
export function deserializeObject<T>(family: Family<T>, config: unknown, customObjects: CustomObjects = {}): T {
  if (typeof config === 'string') return findClass(family, config, null, customObjects).fromConfig({});
  if (!isKerasObject(config))
    throw new OlifantError(
      'INVALID_CONFIG',
      `${family.kind}: expected a name or { class_name, config }, got ${describe(config)}`,
    );
  const cls = findClass(family, config.class_name, config.registered_name, customObjects);
  return cls.fromConfig((config as Partial<KerasObject>).config ?? {});
}

/** An option that must be a number in a range. */
export function checkNumber(
  owner: string,
  name: string,
  value: unknown,
  {
    min = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
    above = Number.NEGATIVE_INFINITY,
    below = Number.POSITIVE_INFINITY,
  } = {},
): number {
  const inside = typeof value === 'number' && value >= min && value <= max && value > above && value < below;
  if (inside && Number.isFinite(value)) return value;
  const low =
    above > Number.NEGATIVE_INFINITY ? `above ${above}` : min > Number.NEGATIVE_INFINITY ? `of at least ${min}` : '';
  const and = low ? ' and ' : '';
  const high =
    below < Number.POSITIVE_INFINITY
      ? `${and}below ${below}`
      : max < Number.POSITIVE_INFINITY
        ? `${and}at most ${max}`
        : '';
  const range = low || high ? ` ${low}${high}` : '';
  throw new OlifantError('INVALID_ARGUMENT', `${owner}: ${name} must be a number${range}, got ${describe(value)}`);
}

/** An option that must be true or false. */
export function checkFlag(owner: string, name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new OlifantError('INVALID_ARGUMENT', `${owner}: ${name} must be true or false, got ${describe(value)}`);
}

/** An option that must be a whole number of at least `min`. */
export function checkWhole(owner: string, name: string, value: unknown, min = 0): number {
  if (Number.isSafeInteger(value) && (value as number) >= min) return value as number;
  const range = min === Number.MIN_SAFE_INTEGER ? '' : ` of at least ${min}`;
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `${owner}: ${name} must be a whole number${range}, got ${describe(value)}`,
  );
}

/** An option that must be a word, such as a name. */
export function checkWord(owner: string, name: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new OlifantError('INVALID_ARGUMENT', `${owner}: ${name} must be a word, got ${describe(value)}`);
}
