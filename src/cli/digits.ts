/** What a classifier made of labelled samples: `counts[truth][prediction]`. */
export function confusionCounts(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number[][] {
  const counts = Array.from({ length: classes }, () => Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) counts[truth[i]!]![predicted[i]!]!++;
  return counts;
}

/** The confusion matrix as a table: a row for each true class, a column for each predicted one; a dot for none. */
export function confusionTable(counts: readonly (readonly number[])[]): string {
  const width = Math.max(...counts.flat().map((n) => String(n).length), 2) + 1;
  const cell = (text: string | number) => String(text).padStart(width);
  const recall = counts.map((row, i) => row[i]! / Math.max(1, sum(row)));
  const head = `  true \\ predicted │${counts.map((_, i) => cell(i)).join('')} │ found`;
  const rule = `${'─'.repeat(19)}┼${'─'.repeat(width * counts.length + 1)}┼${'─'.repeat(8)}`;
  const rows = counts.map((row, i) => {
    const cells = row.map((n) => cell(n === 0 ? '·' : n)).join('');
    return `${String(i).padStart(17)}  │${cells} │ ${(100 * recall[i]!).toFixed(1).padStart(5)} %`;
  });
  return [head, rule, ...rows].join('\n');
}

function sum(row: readonly number[]): number {
  return row.reduce((a, b) => a + b, 0);
}

/** Brightness from which a pixel is drawn; thin strokes fall apart above. */
const INK = 80;
const HALVES = [' ', '▀', '▄', '█'] as const;

/** A grey picture as lines of text, two rows of pixels a line. */
export function picture(pixels: Uint8Array, width: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < pixels.length; at += 2 * width) {
    let line = '';
    for (let x = 0; x < width; x++) {
      const upper = pixels[at + x]! >= INK ? 1 : 0;
      const lower = (pixels[at + width + x] ?? 0) >= INK ? 2 : 0;
      line += HALVES[upper + lower];
    }
    lines.push(line);
  }
  return lines;
}

/** Pictures of one size beside each other, each with a caption. */
export function sideBySide(pictures: readonly { caption: string; lines: readonly string[] }[], gap = 1): string {
  const width = Math.max(...pictures.map(({ caption, lines }) => Math.max(caption.length, lines[0]!.length)));
  const rows = pictures.map(({ caption, lines }) => [caption, ...lines]);
  return rows[0]!
    .map((_, y) =>
      rows
        .map((row) => row[y]!.padEnd(width + gap))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
