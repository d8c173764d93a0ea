/** Ranges of free bytes, sorted by address, never touching one another. */
export class FreeList {
  private readonly ranges: { begin: number; end: number }[] = [];

  /** Takes `bytes` from the smallest range that has them; undefined if none has. */
  take(bytes: number): number | undefined {
    let best = -1;
    for (const [i, { begin, end }] of this.ranges.entries()) {
      const size = end - begin;
      if (size >= bytes && (best < 0 || size < this.size(best))) best = i;
    }
    const range = this.ranges[best];
    if (!range) return undefined;
    const { begin } = range;
    range.begin += bytes;
    if (range.begin === range.end) this.ranges.splice(best, 1);
    return begin;
  }

  private size(i: number): number {
    const { begin, end } = this.ranges[i]!;
    return end - begin;
  }

  /** Gives a range back and joins it with its neighbours. */
  give(begin: number, end: number): void {
    let at = this.ranges.findIndex((r) => r.begin >= end);
    if (at < 0) at = this.ranges.length;
    const before = this.ranges[at - 1];
    const after = this.ranges[at];
    if (before && before.end > begin) throw new Error(`bytes ${begin} .. ${end} are free already`);
    const joinsBefore = before?.end === begin;
    const joinsAfter = after?.begin === end;
    if (joinsBefore && joinsAfter) {
      before.end = after.end;
      this.ranges.splice(at, 1);
    } else if (joinsBefore) before.end = end;
    else if (joinsAfter) after.begin = begin;
    else this.ranges.splice(at, 0, { begin, end });
  }

  /** The last range, if it ends at `end`: what growing would extend. */
  tail(end: number): number {
    const last = this.ranges.at(-1);
    return last?.end === end ? last.end - last.begin : 0;
  }

  get free(): number {
    return this.ranges.reduce((sum, r) => sum + r.end - r.begin, 0);
  }

  get count(): number {
    return this.ranges.length;
  }
}
