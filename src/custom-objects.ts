import { describe, OlifantError } from './errors.ts';

/** Classes and functions by the name that a file gives them: `Name` or `package>Name`. */
export type CustomObjects = Readonly<Record<string, unknown>>;

const registered = new Map<string, unknown>();
const names = new WeakMap<object, string>();
let scope: CustomObjects = {};

/**
 * Makes a class (a layer, an initializer, a loss ...) or a function known to files, as
 * `keras.saving.register_keras_serializable` does.
 *
 * @param object A class with `static fromConfig`, or a function of tensors (activation, loss, metric ...).
 * @param package_ What stands before the name in files: `Custom>Name`. Default `'Custom'`.
 * @param name Default: the `static className` of a class, else the name of the class or function.
 * @returns The same object.
 * @throws OlifantError `INVALID_ARGUMENT` for what is no class or function, and for one without a name.
 * @example
 * const wave = registerKerasSerializable((x) => ops.sin(x), 'My', 'wave');
 * new Dense(8, { activation: wave });
 */
export function registerKerasSerializable<T>(object: T, package_ = 'Custom', name?: string): T {
  if (typeof object !== 'function')
    throw new OlifantError(
      'INVALID_ARGUMENT',
      `registerKerasSerializable: expected a class or a function, got ${describe(object)}`,
    );
  const own = Object.hasOwn(object, 'className') ? (object as { className?: unknown }).className : object.name;
  const word = name ?? own;
  for (const part of [package_, word])
    if (typeof part !== 'string' || part === '' || part.includes('>'))
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `registerKerasSerializable: expected a package and a name without '>', got ${describe(package_)} and ${describe(word)}`,
      );
  const full = `${package_}>${word}`;
  registered.set(full, object);
  names.set(object, full);
  return object;
}

/** @internal Forgets everything that was registered, as if the process had just begun. */
export function forgetCustomObjects(): void {
  registered.clear();
}

/** The `package>Name` under which a class or function was registered. */
export function registeredNameOf(object: object): string | undefined {
  return names.get(object);
}

/**
 * Runs `run` with names for classes and functions of one's own, as `keras.saving.CustomObjectScope` does. A `loadModel` that
 * begins inside of it knows them to its end.
 *
 * @example
 * const model = await customObjectScope({ MyLayer }, () => loadModel('model.keras'));
 */
export function customObjectScope<T>(objects: CustomObjects, run: () => T): T {
  const before = scope;
  scope = { ...before, ...objects };
  try {
    return run();
  } finally {
    scope = before;
  }
}

/** Names for classes and functions of one's own, for as long as the scope is entered (Keras's `CustomObjectScope`). */
export class CustomObjectScope {
  readonly customObjects: CustomObjects;
  #before: CustomObjects | undefined;

  constructor(customObjects: CustomObjects) {
    if (typeof customObjects !== 'object' || customObjects === null)
      throw new OlifantError(
        'INVALID_ARGUMENT',
        `CustomObjectScope: expected an object with classes and functions by their names, got ${describe(customObjects)}`,
      );
    this.customObjects = customObjects;
  }

  /** Runs `f` inside of the scope. */
  run<T>(f: () => T): T {
    return customObjectScope(this.customObjects, f);
  }

  /** Begins the scope, until `exit`. */
  enter(): this {
    this.#before = scope;
    scope = { ...scope, ...this.customObjects };
    return this;
  }

  /** Ends the scope. */
  exit(): void {
    if (this.#before !== undefined) scope = this.#before;
    this.#before = undefined;
  }
}

/** A copy of what is registered, by `package>Name` (Keras's `get_custom_objects`). */
export function getCustomObjects(): Record<string, unknown> {
  return Object.fromEntries(registered);
}

/** The name under which a class or function is registered, else its own (Keras's `get_registered_name`). */
export function getRegisteredName(object: { readonly name: string }): string {
  return names.get(object) ?? object.name;
}

/**
 * The class or function that a name means: of the scopes around, of those registered, of `customObjects`, of `moduleObjects`
 * (Keras's `get_registered_object`); `null` where it means none.
 */
export function getRegisteredObject(
  name: string,
  customObjects: CustomObjects = {},
  moduleObjects: CustomObjects = {},
): unknown {
  for (const objects of [scope, Object.fromEntries(registered), customObjects, moduleObjects])
    if (Object.hasOwn(objects, name) && objects[name] !== undefined) return objects[name];
  return null;
}

/** What the scopes around have. */
export function scopedObjects(): CustomObjects {
  return scope;
}

/**
 * The class or function of the user's that a file means: of those given, of the scopes around, of those registered.
 * `My>Name` finds `Name` among those given, too.
 */
export function findCustom(name: unknown, registeredName?: unknown, given: CustomObjects = {}): unknown {
  const words = [registeredName, name].filter((k): k is string => typeof k === 'string' && k !== '');
  const keys = words.flatMap((k) => (k.includes('>') ? [k, k.slice(k.indexOf('>') + 1)] : [k]));
  for (const objects of [given, scope])
    for (const key of keys) if (Object.hasOwn(objects, key) && objects[key] !== undefined) return objects[key];
  const packaged = words.find((k) => k.includes('>'));
  if (packaged !== undefined) return registered.get(packaged);
  return words.map((k) => registered.get(`Custom>${k}`)).find((x) => x !== undefined);
}

/** A function as Keras writes it. */
export interface SerializedFunction {
  readonly module: 'builtins';
  readonly class_name: 'function';
  readonly config: string;
  readonly registered_name: 'function';
}

export function isSerializedFunction(x: unknown): x is SerializedFunction {
  const { class_name, config } = (x ?? {}) as { class_name?: unknown; config?: unknown };
  return class_name === 'function' && typeof config === 'string';
}

/** A registered function as Keras writes it; `undefined` for one that files cannot name. */
export function serializeFunction(f: unknown): SerializedFunction | undefined {
  const name = typeof f === 'function' ? names.get(f) : undefined;
  if (name === undefined) return undefined;
  return { module: 'builtins', class_name: 'function', config: name, registered_name: 'function' };
}
