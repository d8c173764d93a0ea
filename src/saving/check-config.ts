import { isSerializedFunction } from '../custom-objects.ts';
import { FileError } from './file-error.ts';
import type { KnownClasses, NamedClass } from './known-classes.ts';

/** Limits that no model comes near. */
const MAX_LAYERS = 20_000;
const MAX_CALLS = 200_000;

type Json = Record<string, unknown>;

function isObject(x: unknown): x is Json {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

function isNamed(x: unknown): x is Json & NamedClass {
  return isObject(x) && typeof x.class_name === 'string';
}

/**
 * Looks through a whole configuration before anything is made of it: all classes must be known (the message names every one
 * that is not), nothing may point to another file, and the work that it asks for has a limit.
 */
export function checkConfig(config: unknown, known: KnownClasses): void {
  const unknown = new Map<string, string>();
  let layers = 0;
  const walk = (x: unknown): void => {
    if (Array.isArray(x)) for (const v of x) walk(v);
    if (!isObject(x)) return;
    if (isNamed(x) && !known.has(x)) unknown.set(describeClass(x), ownName(x));
    for (const [key, value] of Object.entries(x)) {
      checkEntry(key, value);
      if (key === 'layers' && Array.isArray(value)) layers += value.length;
      walk(value);
    }
  };
  walk(config);
  if (unknown.size > 0) throw unknownClasses(unknown);
  if (layers > MAX_LAYERS) throw new FileError(`the model has ${layers} layers; at most ${MAX_LAYERS} are read`);
  countCalls(config);
}

function checkEntry(key: string, value: unknown): void {
  if (typeof value !== 'string') return;
  if (key === 'name' && value in Object.prototype) throw new FileError(`the name '${value}' is not allowed`);
  if (key === 'vocabulary' || key === 'vocabulary_file')
    throw new FileError(`'${key}' names another file, '${value.slice(0, 100)}', which is not opened`);
}

/** What the user calls it: functions have their name in the configuration. */
function ownName(x: NamedClass): string {
  const name = isSerializedFunction(x) ? x.config : x.class_name;
  return name.slice(name.indexOf('>') + 1).slice(0, 100);
}

function describeClass(object: NamedClass): string {
  if (isSerializedFunction(object)) return `${object.config.slice(0, 100)} (a function)`;
  const { class_name: name, module, registered_name: registered } = object;
  const place = typeof module === 'string' ? module : typeof registered === 'string' ? registered : undefined;
  return place === undefined ? name.slice(0, 100) : `${name.slice(0, 100)} (${place.slice(0, 100)})`;
}

function unknownClasses(unknown: ReadonlyMap<string, string>): FileError {
  const names = [...new Set(unknown.values())];
  const lambda = names.includes('__lambda__') ? ' A Lambda layer holds code, which is never run.' : '';
  const listed = [...unknown.keys()].slice(0, 50).join(', ');
  return new FileError(
    `unknown class${unknown.size > 1 ? 'es' : ''} ${listed}.${lambda} Give classes of your own as customObjects: ` +
      `{ ${
        names
          .filter((n) => n !== '__lambda__')
          .slice(0, 5)
          .join(', ') || 'MyLayer'
      } }, or register them with registerKerasSerializable`,
  );
}

/**
 * How many calls of layers it takes to run what this describes. A model inside of a model costs its layers at each call, so a
 * small file could ask for 2^50 of them.
 */
function countCalls(x: unknown): number {
  let total = 0;
  if (isNamed(x)) {
    const calls = Array.isArray(x.inbound_nodes) ? x.inbound_nodes.length : 1;
    total = Math.max(1, calls) * (1 + countCalls(x.config));
  } else if (Array.isArray(x)) for (const v of x) total += countCalls(v);
  else if (isObject(x)) for (const v of Object.values(x)) total += countCalls(v);
  if (total > MAX_CALLS) throw new FileError(`the model asks for more than ${MAX_CALLS} calls of layers`);
  return total;
}
