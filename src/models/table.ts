/** Text with a style for each character: SGR codes such as `1` (bold), or `''`. */
export interface StyledText {
  readonly text: string;
  readonly styles: readonly string[];
}

export function styled(...parts: readonly (string | readonly [string, string])[]): StyledText {
  let text = '';
  const styles: string[] = [];
  for (const part of parts) {
    const [piece, style] = typeof part === 'string' ? [part, ''] : part;
    text += piece;
    for (let i = 0; i < piece.length; i++) styles.push(style);
  }
  return { text, styles };
}

/** The text with escape sequences, or plain. */
export function render({ text, styles }: StyledText, color: boolean): string {
  if (!color) return text;
  let out = '';
  for (let i = 0; i < text.length; ) {
    let end = i + 1;
    while (end < text.length && styles[end] === styles[i]) end++;
    const run = text.slice(i, end);
    out += styles[i] ? `\x1b[${styles[i]}m${run}\x1b[0m` : run;
    i = end;
  }
  return out;
}

export type Align = 'left' | 'right' | 'center';

export interface TableColumn {
  readonly header: StyledText;
  readonly align: Align;
  readonly width: number;
}

/** Python's rounding: halves go to the even neighbour. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The widths of the columns with their padding, brought to the table's width as the library `rich` does it. */
function fitWidths(columns: readonly TableColumn[], lineLength: number): number[] {
  const widths = columns.map((c) => c.width + 2);
  let excess = widths.reduce((a, b) => a + b, 0) - (lineLength - columns.length - 1);
  return widths.map((w, i) => {
    const share = Math.min(w, roundHalfEven(excess / (columns.length - i)));
    excess -= share;
    return Math.max(2, w - share);
  });
}

/** Breaks a text into lines at spaces; words that are too long are cut, with an ellipsis. */
function wrap({ text, styles }: StyledText, width: number): StyledText[] {
  const breaks: number[] = [];
  let used = 0;
  for (const match of text.matchAll(/\s*\S+\s*/g)) {
    const word = match[0];
    const length = word.trimEnd().length;
    if (used + length <= width) used += word.length;
    else {
      if (match.index > 0) breaks.push(match.index);
      used = word.length;
    }
  }
  const starts = [0, ...breaks];
  return starts.map((start, i) => {
    const line = text.slice(start, starts[i + 1] ?? text.length).trimEnd();
    if (line.length <= width) return { text: line, styles: styles.slice(start, start + line.length) };
    return { text: `${line.slice(0, width - 1)}…`, styles: styles.slice(start, start + width) };
  });
}

function pad(line: StyledText, width: number, align: Align, color: boolean): string {
  const space = width - line.text.length;
  const left = align === 'left' ? 0 : align === 'right' ? space : Math.floor(space / 2);
  return ' '.repeat(left) + render(line, color) + ' '.repeat(space - left);
}

/** A table with heavy lines around the head and a line between all rows. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly StyledText[])[],
  lineLength: number,
  color: boolean,
): string[] {
  const widths = fitWidths(columns, lineLength);
  const rule = (left: string, line: string, cross: string, right: string) =>
    left + widths.map((w) => line.repeat(w)).join(cross) + right;
  const cells = (row: readonly StyledText[], bar: string): string[] => {
    const wrapped = row.map((cell, i) => wrap(cell, widths[i]! - 2));
    const height = Math.max(...wrapped.map((w) => w.length));
    return Array.from({ length: height }, (_, y) => {
      const line = wrapped.map((w, i) => ` ${pad(w[y] ?? styled(''), widths[i]! - 2, columns[i]!.align, color)} `);
      return bar + line.join(bar) + bar;
    });
  };
  const body = rows.flatMap((row, i) => [...(i > 0 ? [rule('├', '─', '┼', '┤')] : []), ...cells(row, '│')]);
  return [
    rule('┏', '━', '┳', '┓'),
    ...cells(
      columns.map((c) => c.header),
      '┃',
    ),
    rule('┡', '━', '╇', '┩'),
    ...body,
    rule('└', '─', '┴', '┘'),
  ];
}
