import { nearest, OlifantError } from '../errors.ts';

type Values = Record<string, unknown>;

/**
 * Settings by name, which can be frozen (Keras's `Config`). They are read and set like fields.
 *
 * @example
 * const config = new Config({ layers: 2 });
 * config.units = 16;
 * config.freeze();
 */
export class Config {
  [name: string]: unknown;
  readonly #values: Values;
  #frozen = false;

  constructor(values: Values = {}) {
    this.#values = { ...values };
    // biome-ignore lint/correctness/noConstructorReturn: fields that are not known beforehand need a proxy.
    return new Proxy(this, {
      get: (_, name) => this.#get(name),
      set: (_, name, value) => this.#set(name, value),
      has: (_, name) => typeof name === 'string' && Object.hasOwn(this.#values, name),
      deleteProperty: (_, name) => this.#delete(name),
      ownKeys: () => Object.keys(this.#values).sort(),
      getOwnPropertyDescriptor: (_, name) =>
        typeof name === 'string' && Object.hasOwn(this.#values, name)
          ? { configurable: true, enumerable: true, writable: !this.#frozen, value: this.#values[name] }
          : undefined,
    });
  }

  #get(name: string | symbol): unknown {
    if (typeof name === 'string' && Object.hasOwn(this.#values, name)) return this.#values[name];
    if (typeof name === 'symbol' || name in Config.prototype || name === 'then' || name === 'toJSON') {
      const found: unknown = name === 'toJSON' ? () => this.asDict() : Reflect.get(this, name, this);
      return typeof found === 'function' && name !== 'constructor' ? found.bind(this) : found;
    }
    const near = nearest(name, Object.keys(this.#values));
    throw new OlifantError('UNKNOWN_ID', `Config: there is no '${name}'.${near ? ` Did you mean '${near}'?` : ''}`);
  }

  #check(): void {
    if (this.#frozen) throw new OlifantError('INVALID_ARGUMENT', 'Config: it is frozen; unfreeze it to change it');
  }

  #set(name: string | symbol, value: unknown): boolean {
    this.#check();
    if (typeof name === 'symbol' || name in Config.prototype)
      throw new OlifantError('INVALID_ARGUMENT', `Config: '${String(name)}' is a method; take another name`);
    this.#values[name] = value;
    return true;
  }

  #delete(name: string | symbol): boolean {
    this.#check();
    return delete this.#values[name as string];
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  /** Lets nothing be changed from now on. */
  freeze(): void {
    this.#frozen = true;
  }

  unfreeze(): void {
    this.#frozen = false;
  }

  /** A copy as a plain object. */
  asDict(): Values {
    return { ...this.#values };
  }

  toJson(): string {
    return JSON.stringify(this.#values);
  }

  /** A value, or `otherwise` where there is none. */
  get(name: string, otherwise: unknown = null): unknown {
    return Object.hasOwn(this.#values, name) ? this.#values[name] : otherwise;
  }

  /** Removes a value and gives it. */
  pop(name: string, otherwise?: unknown): unknown {
    this.#check();
    if (!Object.hasOwn(this.#values, name) && otherwise === undefined)
      throw new OlifantError('UNKNOWN_ID', `Config: there is no '${name}'`);
    const value = this.get(name, otherwise);
    delete this.#values[name];
    return value;
  }

  update(values: Values): void {
    this.#check();
    Object.assign(this.#values, values);
  }

  keys(): string[] {
    return Object.keys(this.#values);
  }

  values(): unknown[] {
    return Object.values(this.#values);
  }

  items(): [string, unknown][] {
    return Object.entries(this.#values);
  }
}
