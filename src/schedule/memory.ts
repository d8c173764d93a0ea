/** A piece of memory that is needed in phases `from` to `to`, both included. */
export interface Life {
  readonly bytes: number;
  readonly from: number;
  readonly to: number;
}

const ALIGN = 64;

/**
 * Offsets in one arena, such that pieces that live at the same time do not overlap: the largest first, each at the lowest
 * place that is free during its life.
 */
export function planArena(lives: readonly Life[]): { offsets: number[]; bytes: number } {
  const offsets = new Array<number>(lives.length).fill(0);
  const order = lives
    .map((_, i) => i)
    .sort((a, b) => lives[b]!.bytes - lives[a]!.bytes || lives[a]!.from - lives[b]!.from);
  const placed: number[] = [];
  let bytes = 0;
  for (const i of order) {
    const life = lives[i]!;
    const size = Math.ceil(life.bytes / ALIGN) * ALIGN;
    const near = placed
      .filter((j) => lives[j]!.from <= life.to && life.from <= lives[j]!.to)
      .sort((a, b) => offsets[a]! - offsets[b]!);
    let at = 0;
    for (const j of near) {
      const end = offsets[j]! + Math.ceil(lives[j]!.bytes / ALIGN) * ALIGN;
      if (at + size <= offsets[j]!) break;
      at = Math.max(at, end);
    }
    offsets[i] = at;
    placed.push(i);
    bytes = Math.max(bytes, at + size);
  }
  return { offsets, bytes };
}
