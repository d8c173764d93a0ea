import { OlifantError } from '../errors.ts';

/** Values by name. Whole numbers are Python's `int` where they are bigints, else its `float`. */
export type FormatValues = Readonly<Record<string, number | bigint>>;

/** Exactly between two decimals Python takes the even one, `toExponential` the greater. */
function exponential(value: number, digits: number): string {
  const text = value.toExponential(digits);
  const [head, tail] = splitAt(value.toExponential(Math.min(100, digits + 60)), digits);
  const tie = /^50*$/.test(tail) && Number(head.at(-1)) % 2 === 0;
  const even = tie ? `${head}e${text.slice(text.indexOf('e') + 1)}` : text;
  return even.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** The digits of a number in exponential form up to `digits` after the point, and the rest of them. */
function splitAt(text: string, digits: number): [string, string] {
  const mantissa = text.slice(0, text.indexOf('e'));
  const end = mantissa.indexOf('.') + 1 + digits;
  return [digits === 0 ? mantissa.slice(0, end - 1) : mantissa.slice(0, end), mantissa.slice(end)];
}

/** `%.<digits>f` of Python. */
function fixedPoint(value: number, digits: number): string {
  if (Math.abs(value) >= 1e21) return `${BigInt(value)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`;
  const text = value.toFixed(digits);
  const exact = value.toFixed(Math.min(100, digits + 60));
  const end = exact.indexOf('.') + 1 + digits;
  if (!/^50*$/.test(exact.slice(end))) return text;
  const head = exact.slice(0, digits === 0 ? end - 1 : end);
  return Number(head.at(-1)) % 2 === 0 ? head : text;
}

/** `repr` of a Python float: the fewest digits that read back as the same number. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const exponent = value === 0 ? 0 : Number(value.toExponential().split('e')[1]);
  if (exponent < -4 || exponent >= 16) return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  const text = exponent >= 0 || value === 0 ? String(value) : value.toFixed(-exponent + significant(value) - 1);
  return text.includes('.') ? text : `${text}.0`;
}

/** Digits of the shortest form. */
function significant(value: number): number {
  return value.toExponential().replace(/e.*/, '').replace(/[-.]/g, '').length;
}

/** `%g`: `precision` digits in all, without zeros at the end; `least` is the exponent from which it is exponential. */
function general(value: number, precision: number, least: number): string {
  const p = Math.max(1, precision);
  const rounded = exponential(value, p - 1);
  const exponent = Number(rounded.slice(rounded.indexOf('e') + 1));
  const strip = (text: string) => (text.includes('.') ? text.replace(/\.?0+$/, '') : text);
  if (exponent >= -4 && exponent < least) return strip(fixedPoint(value, p - 1 - exponent));
  const [mantissa, power] = rounded.split('e');
  return `${strip(mantissa!)}e${power}`;
}

interface Spec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly width: number;
  readonly group: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const SPEC = /^(?:(.)?([<>=^]))?([-+ ])?(0)?(\d+)?([,_])?(?:\.(\d+))?([deEfFgG%])?$/u;

function parseSpec(text: string): Spec | undefined {
  const found = SPEC.exec(text);
  if (found === null) return undefined;
  const [, fill, align, sign, zero, width, group, precision, type] = found;
  return {
    fill: fill ?? (zero && !align ? '0' : ' '),
    align: align ?? (zero ? '=' : '>'),
    sign: sign ?? '-',
    width: Number(width ?? 0),
    group: group ?? '',
    precision: precision === undefined ? undefined : Number(precision),
    type: type ?? '',
  };
}

/** The digits of a number that is not negative. */
function digitsOf(value: number | bigint, spec: Spec): string | undefined {
  const { precision, type } = spec;
  if (type === 'd' && typeof value !== 'bigint') return undefined;
  if (typeof value === 'bigint' && (type === 'd' || type === ''))
    return precision === undefined ? `${value}` : undefined;
  const x = Number(value);
  if (!Number.isFinite(x)) return `${Number.isNaN(x) ? 'nan' : 'inf'}${type === '%' ? '%' : ''}`;
  switch (type) {
    case 'e':
    case 'E':
      return exponential(x, precision ?? 6);
    case 'f':
    case 'F':
      return fixedPoint(x, precision ?? 6);
    case 'g':
    case 'G':
      return general(x, precision ?? 6, Math.max(1, precision ?? 6));
    case '%':
      return `${fixedPoint(x * 100, precision ?? 6)}%`;
    default: {
      if (precision === undefined) return pythonFloat(x);
      const text = general(x, precision, Math.max(1, precision) - 1);
      return /[.e]/.test(text) ? text : `${text}.0`;
    }
  }
}

function grouped(digits: string, group: string): string {
  if (group === '') return digits;
  const whole = /^\d+/.exec(digits)?.[0] ?? '';
  return whole.replace(/\B(?=(\d{3})+$)/g, group) + digits.slice(whole.length);
}

function formatOne(value: number | bigint, spec: Spec): string | undefined {
  const negative = value < 0 || Object.is(value, -0);
  const positive = typeof value === 'bigint' ? (negative ? -value : value) : Math.abs(value);
  const digits = digitsOf(positive, spec);
  if (digits === undefined) return undefined;
  const text = grouped(/[EFG]/.test(spec.type) ? digits.toUpperCase() : digits, spec.group);
  const sign = negative ? '-' : spec.sign === '-' ? '' : spec.sign;
  const room = Math.max(0, spec.width - text.length - sign.length);
  const pad = (n: number) => spec.fill.repeat(n);
  switch (spec.align) {
    case '<':
      return sign + text + pad(room);
    case '^':
      return pad(Math.floor(room / 2)) + sign + text + pad(Math.ceil(room / 2));
    case '=':
      return sign + pad(room) + text;
    default:
      return pad(room) + sign + text;
  }
}

const FIELD = /\{\{|\}\}|\{([^{}:]*)(?::([^{}]*))?\}|[{}]/g;

/** The names of the fields of a template. */
export function formatFields(template: string): string[] {
  return [...template.matchAll(FIELD)].flatMap((m) => (m[1] === undefined ? [] : [m[1]]));
}

/**
 * `str.format` of Python for numbers given by name: `'{epoch:02d}-{val_loss:.2f}'`.
 *
 * @throws OlifantError `INVALID_ARGUMENT` for braces that do not close, formats that do not exist, and names without a value.
 */
export function formatPython(template: string, values: FormatValues, owner: string): string {
  return template.replace(FIELD, (whole: string, name?: string, format = '') => {
    if (whole === '{{' || whole === '}}') return whole[0]!;
    const value = name === undefined || !Object.hasOwn(values, name) ? undefined : values[name];
    const spec = parseSpec(format);
    const text = value === undefined || spec === undefined ? undefined : formatOne(value, spec);
    if (text !== undefined) return text;
    const why =
      name === undefined
        ? `'${whole}' has no partner (write '${whole}${whole}' for the character)`
        : value === undefined
          ? `there is no value '${name}'; there are ${Object.keys(values).join(', ')}`
          : `the format '${format}' does not fit '${name}', a ${typeof value === 'bigint' ? 'whole number' : 'number'}`;
    throw new OlifantError('INVALID_ARGUMENT', `${owner}: in '${template}', ${why}`);
  });
}
