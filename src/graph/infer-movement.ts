import { GraphError } from './error.ts';
import type { Attrs, Node } from './node.ts';
import type { Inferred } from './primitives.ts';
import { sameShape, showShape, sizeOf } from './shape.ts';

function need(ok: boolean, expected: string, got: string): asserts ok {
  if (!ok) throw new GraphError(`expected ${expected}, got ${got}`);
}

const isSize = (d: number) => Number.isSafeInteger(d) && d >= 0;

export function inferReshape([x]: readonly Node[], { shape }: Attrs['reshape']): Inferred {
  need(
    shape.every(isSize) && sizeOf(shape) === sizeOf(x!.shape),
    `a shape of ${sizeOf(x!.shape)} elements`,
    showShape(shape),
  );
  return { shape, dtype: x!.dtype };
}

export function inferPermute([x]: readonly Node[], { perm }: Attrs['permute']): Inferred {
  const sorted = [...perm].sort((a, b) => a - b);
  need(
    sameShape(
      sorted,
      x!.shape.map((_, i) => i),
    ),
    `a permutation of ${x!.shape.length} axes`,
    showShape(perm),
  );
  return { shape: perm.map((p) => x!.shape[p]!), dtype: x!.dtype };
}

/** Axes of size 1 are repeated; the rank stays (a reshape inserts axes first). */
export function inferBroadcast([x]: readonly Node[], { shape }: Attrs['broadcast']): Inferred {
  const ok =
    shape.length === x!.shape.length && shape.every((d, i) => isSize(d) && (x!.shape[i] === d || x!.shape[i] === 1));
  need(ok, `a shape that ${showShape(x!.shape)} can be repeated to`, showShape(shape));
  return { shape, dtype: x!.dtype };
}

export function inferSlice([x]: readonly Node[], { start, limit, step }: Attrs['slice']): Inferred {
  const rank = x!.shape.length;
  need(
    [start, limit, step].every((a) => a.length === rank),
    `start, limit and step of ${rank} axes`,
    `${start.length}, ${limit.length}, ${step.length}`,
  );
  const shape = x!.shape.map((d, i) => {
    const [a, b, s] = [start[i]!, limit[i]!, step[i]!];
    need(
      isSize(a) && isSize(b) && a <= b && b <= d && Number.isInteger(s) && s > 0,
      `a range of axis ${i} within ${d}`,
      `${a}:${b}:${s}`,
    );
    return Math.ceil((b - a) / s);
  });
  return { shape, dtype: x!.dtype };
}

/** `interior` elements between neighbours, then `low` before and `high` after; both may be negative (they cut). */
export function inferPad([x]: readonly Node[], { low, high, interior }: Attrs['pad']): Inferred {
  const rank = x!.shape.length;
  need(
    [low, high, interior].every((a) => a.length === rank),
    `low, high and interior of ${rank} axes`,
    `${low.length}, ${high.length}, ${interior.length}`,
  );
  const shape = x!.shape.map((d, i) => {
    const n = d + Math.max(0, d - 1) * interior[i]! + low[i]! + high[i]!;
    need(isSize(n) && interior[i]! >= 0, `padding of axis ${i} that leaves a size`, `${n}`);
    return n;
  });
  return { shape, dtype: x!.dtype };
}

export function inferReverse([x]: readonly Node[], { axes }: Attrs['reverse']): Inferred {
  need(
    axes.every((a) => a >= 0 && a < x!.shape.length),
    `axes of ${showShape(x!.shape)}`,
    showShape(axes),
  );
  return { shape: x!.shape, dtype: x!.dtype };
}

export function inferConcat(inputs: readonly Node[], { axis }: Attrs['concat']): Inferred {
  const first = inputs[0];
  need(first !== undefined, 'at least one operand', 'none');
  need(axis >= 0 && axis < first.shape.length, `an axis of ${showShape(first.shape)}`, `${axis}`);
  let n = 0;
  for (const x of inputs) {
    const fits =
      x.dtype === first.dtype &&
      x.shape.length === first.shape.length &&
      x.shape.every((d, i) => i === axis || d === first.shape[i]);
    need(
      fits,
      `operands like ${first.dtype} ${showShape(first.shape)} but for axis ${axis}`,
      `${x.dtype} ${showShape(x.shape)}`,
    );
    n += x.shape[axis]!;
  }
  return { shape: first.shape.map((d, i) => (i === axis ? n : d)), dtype: first.dtype };
}
