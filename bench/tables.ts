/** A table as data; the first column is text, the others are numbers. */
export interface Table {
  readonly title: string;
  /** A sentence or two that say what the numbers are. */
  readonly note?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** For a terminal: columns aligned, no frames. */
export function toText({ title, note, head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  const body = [line(head), widths.map((w) => '-'.repeat(w)).join('  '), ...rows.map(line)];
  return [title, ...(note ? [note] : []), '', ...body].join('\n');
}

export function toMarkdown({ title, note, head, rows }: Table): string {
  const line = (row: readonly string[]) => `| ${row.join(' | ')} |`;
  const rule = line(head.map((_, i) => (i === 0 ? '---' : '---:')));
  return [`### ${title}`, '', ...(note ? [note, ''] : []), line(head), rule, ...rows.map(line)].join('\n');
}

/** Three digits: 0.0123, 1.23, 12.3, 123, 1234. */
export function number(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '-';
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(digits, 5));
}

export function percent(part: number | null | undefined): string {
  return part === null || part === undefined || !Number.isFinite(part) ? '-' : `${(100 * part).toFixed(0)} %`;
}

/** Of what is a few hundredths at most. */
export function finePercent(part: number | null | undefined): string {
  return part === null || part === undefined || !Number.isFinite(part) ? '-' : `${(100 * part).toFixed(1)} %`;
}

export function ratio(value: number | null | undefined): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? '-'
    : `${value.toFixed(value < 10 ? 2 : 0)} x`;
}
