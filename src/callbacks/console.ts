import { flag } from '../settings.ts';

interface Output {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

function standardOutput(): Output | undefined {
  return (globalThis as { process?: { stdout?: Output } }).process?.stdout;
}

/** Whether what is printed goes to a terminal, on which lines can be overwritten. */
export function isTerminal(): boolean {
  return standardOutput()?.isTTY === true;
}

/** The columns of the terminal; undefined where the output is none. */
export function terminalWidth(): number | undefined {
  return isTerminal() ? standardOutput()?.columns : undefined;
}

/**
 * Prints text as it is, unless `disableInteractiveLogging` was called; where there is no standard output, in browsers, line by
 * line on the console.
 */
export function writeOut(text: string): void {
  if (!flag('interactiveLogging')) return;
  const out = standardOutput();
  if (typeof out?.write === 'function') out.write(text);
  else console.log(text.replace(/\n$/, ''));
}
