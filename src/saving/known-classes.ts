import * as activations from '../activations/index.ts';
import * as constraints from '../constraints/index.ts';
import { findCustom, isSerializedFunction } from '../custom-objects.ts';
import * as initializers from '../initializers/index.ts';
import { builtinLayers, type CustomObjects } from '../layers/index.ts';
import { isOperation } from '../layers/operation/operation.ts';
import * as losses from '../losses/index.ts';
import * as metrics from '../metrics/index.ts';
import { modelClasses } from '../models/index.ts';
import * as optimizers from '../optimizers/index.ts';
import * as regularizers from '../regularizers/index.ts';
import { camelKey } from '../trace/names.ts';
import { FEATURE_MODULE, featureLayers } from '../utils/feature.ts';

/** What says in a configuration that an object is to be made. */
export interface NamedClass {
  readonly class_name: string;
  readonly module?: unknown;
  readonly registered_name?: unknown;
  readonly config?: unknown;
}

const ROOMS: Readonly<Record<string, () => Readonly<Record<string, unknown>>>> = {
  'keras.constraints': () => constraints,
  'keras.initializers': () => initializers,
  'keras.losses': () => losses,
  'keras.metrics': () => metrics,
  'keras.optimizers': () => optimizers,
  'keras.optimizers.schedules': () => optimizers.schedules,
  'keras.regularizers': () => regularizers,
};

/** Where versions of Keras have put their models. */
const MODELS = /^keras(\.src)?(\.models|\.engine)?(\.functional|\.sequential)?$/;

/** Not classes but structures, which need nothing to be made. */
const STRUCTURES = ['__keras_tensor__', '__tuple__', '__tensor__', '__numpy__', '__slice__'];

/** Which classes a file may name: Keras's that exist here, and those that the user registered or gives. */
export class KnownClasses {
  readonly #custom: CustomObjects;
  readonly #layers: ReadonlySet<string>;

  constructor(custom: CustomObjects) {
    this.#custom = custom;
    this.#layers = new Set(
      builtinLayers().map((cls) => (Object.hasOwn(cls, 'className') ? cls.className : (cls as { name: string }).name)),
    );
  }

  has(object: NamedClass): boolean {
    const { class_name: name, module, registered_name: registered } = object;
    if (STRUCTURES.includes(name) && module === undefined) return true;
    if (isSerializedFunction(object))
      return module === 'builtins' && (this.#given(object.config) || isBuiltinFunction(object.config));
    if (this.#given(name, registered)) return true;
    // A package's class is not Keras's, whatever its name is.
    if (typeof registered === 'string' && registered.includes('>')) return false;
    return typeof module === 'string' && this.#builtin(module, name);
  }

  #given(name: string, registered?: unknown): boolean {
    return findCustom(name, registered, this.#custom) !== undefined;
  }

  #builtin(module: string, name: string): boolean {
    if (isOperation(module, name)) return true;
    if (module === 'keras.dtype_policies') return name === 'DTypePolicy' || name === 'DTypePolicyMap';
    if (module === 'keras.random') return name === 'SeedGenerator';
    if (module === 'keras.layers') return this.#layers.has(name);
    if (module === 'keras.utils') return name === 'FeatureSpace';
    if (module === FEATURE_MODULE) return ['Feature', 'Cross', ...Object.keys(featureLayers())].includes(name);
    if (MODELS.test(module) && (name === 'DTypePolicy' || Object.hasOwn(modelClasses(), name))) return true;
    if (!Object.hasOwn(ROOMS, module)) return false;
    const room = ROOMS[module]!();
    // Older files have `OrthogonalInitializer` for `Orthogonal`.
    const names = [name, name.replace(/Initializer$/, '')];
    return names.some((n) => Object.hasOwn(room, n) && isClass(room[n]));
  }
}

/** A function of Keras's, `mean_squared_error`; here it is that of the same name in camelCase. */
function isBuiltinFunction(name: string): boolean {
  const rooms: readonly Readonly<Record<string, unknown>>[] = [activations, losses, metrics];
  return rooms.some((room) => Object.hasOwn(room, camelKey(name)) && typeof room[camelKey(name)] === 'function');
}

function isClass(x: unknown): boolean {
  return typeof x === 'function' && typeof (x as { fromConfig?: unknown }).fromConfig === 'function';
}
