import type { Shape } from '../../graph/shape.ts';
import type { TargetFacts } from '../../targets/facts.ts';

/**
 * The loops over a domain: its axes, of which neighbours that every access walks as one are merged, and those of size 1
 * dropped. Strides over the domain's axes become strides over the loops by `map`.
 */
export interface Space {
  readonly sizes: readonly number[];
  /** The tag that the axes of each loop have in common. */
  readonly tags: readonly number[];
  /** For each loop, the domain's axis whose stride is the loop's. */
  readonly axes: readonly number[];
}

/** Merges what can be merged. Axes of different tags stay apart. */
export function makeSpace(shape: Shape, accesses: readonly (readonly number[])[], tags?: readonly number[]): Space {
  const sizes: number[] = [];
  const axes: number[] = [];
  const loopTags: number[] = [];
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const last = axes.length - 1;
    const tag = tags?.[axis] ?? 0;
    const follows = last >= 0 && loopTags[last] === tag && accesses.every((s) => s[axes[last]!] === s[axis]! * size);
    if (follows) {
      sizes[last] = sizes[last]! * size;
      axes[last] = axis;
    } else {
      sizes.push(size);
      axes.push(axis);
      loopTags.push(tag);
    }
  });
  return { sizes, axes, tags: loopTags };
}

/** Keeps the first axis a loop of its own where items are to be rows. */
export function rowTags(shape: Shape, facts: TargetFacts): number[] | undefined {
  return facts.byRows ? shape.map((_, i) => (i === 0 ? 1 : 0)) : undefined;
}

export function loopStrides(space: Space, strides: readonly number[]): number[] {
  return space.axes.map((a) => strides[a]!);
}
