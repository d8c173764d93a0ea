import {
  type CustomObjects,
  customObjectScope,
  findCustom,
  isSerializedFunction,
  registeredNameOf,
} from './custom-objects.ts';
import { describe, nearest, OlifantError, unknownId } from './errors.ts';

export type { CustomObjects } from './custom-objects.ts';

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

/** What `get` of a module needs to know. */
export interface Family<T> {
  /** As a noun, for messages: `'initializer'`. */
  readonly kind: string;
  /** `'keras.initializers'` */
  readonly module: string;
  /** Every id, with its class. */
  readonly table: Readonly<Record<string, ObjectClass<T>>>;
  /** Makes one of a function of the user's. */
  readonly ofFunction?: (f: never) => T;
}

export function classNameOf(cls: { readonly name: string; readonly className?: string }): string {
  return Object.hasOwn(cls, 'className') ? cls.className! : cls.name;
}

/** The object with everything that makes it anew. Classes of the user's are named `Custom>Name`, without a module. */
export function serializeObject<T>(family: Family<T>, object: T & Configurable): KerasObject {
  const cls = object.constructor as unknown as ObjectClass<T>;
  const name = classNameOf(cls);
  const own = Object.values(family.table).includes(cls);
  return {
    module: own ? family.module : null,
    class_name: name,
    config: object.getConfig(),
    registered_name: own ? null : (registeredNameOf(cls) ?? `Custom>${name}`),
  };
}

export function isKerasObject(x: unknown): x is KerasObject {
  return typeof x === 'object' && x !== null && typeof (x as { class_name?: unknown }).class_name === 'string';
}

/** The class of an id or of a saved object: Keras's where the file says so, else looked for among the user's first. */
export function findClass<T>(
  family: Family<T>,
  { class_name: name, registered_name, module }: Partial<KerasObject>,
  customObjects: CustomObjects = {},
): ObjectClass<T> {
  const known = Object.keys(family.table);
  const inTable = typeof name === 'string' && Object.hasOwn(family.table, name);
  if (inTable && module === family.module && !registered_name) return family.table[name]!;
  const custom = findCustom(name, registered_name, customObjects);
  if (custom !== undefined) return customClass(family, String(name), custom);
  if (inTable) return family.table[name]!;
  if (typeof name === 'string' && nearest(name, known) === undefined)
    throw new OlifantError(
      'UNKNOWN_ID',
      `unknown ${family.kind} ${registered_name?.includes('>') ? `class '${name}' (${registered_name})` : `'${name}'`}; give one ` +
        `of your own as customObjects: { ${name.slice(name.indexOf('>') + 1)} }, or register it with registerKerasSerializable. ` +
        `Known: ${known.join(', ')}`,
    );
  throw unknownId(family.kind, name, known);
}

/** A class is itself; a function becomes what stands for it. */
function customClass<T>({ kind, ofFunction }: Family<T>, name: string, custom: unknown): ObjectClass<T> {
  if (typeof custom === 'function') {
    if (typeof (custom as Partial<ObjectClass<T>>).fromConfig === 'function')
      return custom as unknown as ObjectClass<T>;
    if (/^class\b/.test(Function.prototype.toString.call(custom)))
      return { name, fromConfig: (config) => new (custom as unknown as new (c: Config) => T)(camelOptions(config)) };
    if (ofFunction !== undefined) return { name, fromConfig: () => ofFunction(custom as never) };
  }
  throw new OlifantError(
    'INVALID_ARGUMENT',
    `customObjects: '${name}' must be a class${ofFunction === undefined ? '' : ' or function'} for a ${kind}, got ${describe(custom)}`,
  );
}

/** A configuration as options: the same keys in camelCase. */
function camelOptions(config: Config): Config {
  const camel = (key: string) => key.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [camel(key), value]));
}

/** An instance from a saved object; what is inside of it is looked for among the custom objects, too. */
export function deserializeObject<T>(family: Family<T>, config: unknown, customObjects: CustomObjects = {}): T {
  const make = (object: Partial<KerasObject>, options: Config): T =>
    customObjectScope(customObjects, () => findClass(family, object).fromConfig(options));
  if (typeof config === 'string') return make({ class_name: config }, {});
  if (isSerializedFunction(config)) return make({ class_name: config.config }, {});
  if (!isKerasObject(config))
    throw new OlifantError(
      'INVALID_CONFIG',
      `${family.kind}: expected a name or { class_name, config }, got ${describe(config)}`,
    );
  return make(config, (config as Partial<KerasObject>).config ?? {});
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
