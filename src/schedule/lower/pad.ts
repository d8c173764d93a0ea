import type { Node } from '../../graph/node.ts';
import { type Shape, sizeOf, stridesOf } from '../../graph/shape.ts';
import type { TargetFacts } from '../../targets/facts.ts';
import { type Box, identityView, type View } from '../view.ts';
import { copyCall, fillCall } from './copy.ts';
import type { Surroundings } from './emitter.ts';
import { inSequence, type Lowered, type LoweredCall, NOTHING } from './lowered.ts';

/** Along one axis: which elements of the operand are kept, and where they land: at `low + gap * i`. */
interface Landing {
  readonly first: number;
  readonly count: number;
  readonly low: number;
  readonly gap: number;
}

/**
 * The operand between constants. Where it lands in one block, the block and the strips around it are written side by
 * side; where there are gaps in it, everything is filled first.
 */
export function lowerPad(n: Node<'pad'>, world: Surroundings, facts: TargetFacts): Lowered {
  if (sizeOf(n.shape) === 0) return NOTHING;
  const x = n.inputs[0]!;
  const { value } = n.attrs;
  const fill = (shape: Shape, to: View) => fillCall('pad', world, facts, shape, to, value);
  const axes = x.shape.map((size, i) => landing(n, i, size));
  const shape = axes.map((a) => a.count);
  if (sizeOf(shape) === 0) return inSequence([fill(n.shape, identityView(n))]);
  const from = world.viewOf(x);
  const strides = stridesOf(n.shape);
  const cropped: View = { ...from, offset: offsetBy(from, (i) => axes[i]!.first) };
  const place = (i: number) => axes[i]!.low + axes[i]!.gap * axes[i]!.first;
  const to: View = {
    source: n,
    offset: axes.reduce((sum, _, i) => sum + strides[i]! * place(i), 0),
    strides: strides.map((s, i) => s * axes[i]!.gap),
  };
  const copy = copyCall('pad', world, facts, shape, cropped, to);
  if (axes.every((a) => a.gap === 1 || a.count === 1)) {
    const begin = axes.map((_, i) => place(i));
    return { phases: [{ calls: [copy, ...fillAround(n, begin, shape, world, facts)] }], scratch: [] };
  }
  return inSequence([fill(n.shape, identityView(n)), copy]);
}

/** Writes the constants around an operand that already lies between them, where somebody reads them. */
export function lowerFrame(
  n: Node<'pad'>,
  world: Surroundings,
  facts: TargetFacts,
  isRead: (strip: Box) => boolean,
): LoweredCall[] {
  return fillAround(n, n.attrs.low, n.inputs[0]!.shape, world, facts, isRead);
}

function fillAround(
  n: Node<'pad'>,
  begin: readonly number[],
  shape: Shape,
  world: Surroundings,
  facts: TargetFacts,
  isRead: (strip: Box) => boolean = () => true,
): LoweredCall[] {
  const strides = stridesOf(n.shape);
  const strips = stripsAround(n.shape, begin, shape).filter(isRead);
  return strips.map((s) => {
    const offset = offsetBy({ offset: 0, strides }, (i) => s.begin[i]!);
    return fillCall('pad', world, facts, s.shape, { source: n, offset, strides }, n.attrs.value);
  });
}

function landing(n: Node<'pad'>, axis: number, size: number): Landing {
  const low = n.attrs.low[axis]!;
  const gap = n.attrs.interior[axis]! + 1;
  const first = Math.max(0, Math.ceil(-low / gap));
  const last = Math.min(size - 1, Math.floor((n.shape[axis]! - 1 - low) / gap));
  return { first, count: Math.max(0, last - first + 1), low, gap };
}

function offsetBy(view: Pick<View, 'offset' | 'strides'>, index: (axis: number) => number): number {
  return view.strides.reduce((sum, s, i) => sum + s * index(i), view.offset);
}

/** What is left of a tensor around a block in it: for each axis what lies before and behind the block. */
function stripsAround(whole: Shape, begin: readonly number[], shape: Shape): Box[] {
  const out: Box[] = [];
  whole.forEach((size, axis) => {
    const end = begin[axis]! + shape[axis]!;
    for (const [from, to] of [
      [0, begin[axis]!],
      [end, size],
    ] as const) {
      if (from === to) continue;
      const along = <T>(before: readonly T[], here: T, after: readonly T[]) => [
        ...before.slice(0, axis),
        here,
        ...after.slice(axis + 1),
      ];
      out.push({
        begin: along(
          begin,
          from,
          whole.map(() => 0),
        ),
        shape: along(shape, to - from, whole),
      });
    }
  });
  return out;
}
