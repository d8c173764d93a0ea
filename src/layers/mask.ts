import { Tensor } from '../trace/tensor.ts';

const masks = new WeakMap<Tensor, Tensor>();

/** The mask that travels with a tensor: bool [batch, time], false where the time step is padding. */
export function maskOf(x: Tensor | null): Tensor | undefined {
  return x === null ? undefined : masks.get(x);
}

/** The tensor with a mask (or without); a new one where the tensor has another mask already. */
export function withMask(x: Tensor, mask: Tensor | null | undefined): Tensor {
  const had = masks.get(x);
  if (had === (mask ?? undefined)) return x;
  const out = had === undefined ? x : new Tensor(x.node);
  if (mask) masks.set(out, mask);
  return out;
}
