import { parseArgs } from 'node:util';

/** An option that takes a whole number, or none. */
export interface OptionSpec {
  /** What stands for the number in the help; without one the option takes none. */
  readonly value?: string;
  readonly help: string;
  /** The least number that makes sense. */
  readonly least?: number;
}

export interface CommandLine {
  readonly positionals: readonly string[];
  readonly help: boolean;
  /** The numbers that were given. */
  readonly numbers: Readonly<Record<string, number | undefined>>;
}

/** A command line that cannot be understood. */
export class UsageError extends Error {}

/**
 * Reads a command line.
 *
 * @param args Without the program's name.
 * @throws UsageError
 */
export function readCommandLine(args: readonly string[], options: Readonly<Record<string, OptionSpec>>): CommandLine {
  const known = Object.fromEntries(Object.keys(options).map((name) => [name, { type: 'string' as const }]));
  let parsed: ReturnType<typeof parseArgs>;
  try {
    const help = { type: 'boolean', short: 'h' } as const;
    parsed = parseArgs({ args: [...args], allowPositionals: true, options: { ...known, help } });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const numbers = Object.fromEntries(
    Object.entries(options).map(([name, spec]) => [name, wholeNumber(name, parsed.values[name], spec.least ?? 0)]),
  );
  return { positionals: parsed.positionals, help: parsed.values.help === true, numbers };
}

function wholeNumber(name: string, text: unknown, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text === '' || !Number.isSafeInteger(value) || value < least)
    throw new UsageError(`--${name}: expected a whole number from ${least}, got '${text}'`);
  return value;
}

/** The lines of a help text that describe options. */
export function optionLines(options: Readonly<Record<string, OptionSpec>>): string[] {
  const rows = Object.entries(options).map(([name, { value, help }]) => [`--${name}${value ? ` ${value}` : ''}`, help]);
  rows.push(['-h, --help', 'show this']);
  const width = Math.max(...rows.map(([left]) => left!.length));
  return rows.map(([left, right]) => `  ${left!.padEnd(width)}  ${right}`);
}

/** Runs a command; what goes wrong becomes a line on the standard error and an exit status. */
export async function runCommand(main: (args: readonly string[]) => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    const usage = error instanceof UsageError;
    const text = usage
      ? `${error.message}\nTry --help.`
      : error instanceof Error
        ? describeError(error)
        : String(error);
    process.stderr.write(`${text}\n`);
    process.exitCode = usage ? 2 : 1;
  }
}

/** Errors that speak for themselves have a code; of others the stack is needed. */
function describeError(error: Error): string {
  return 'code' in error ? error.message : (error.stack ?? error.message);
}
