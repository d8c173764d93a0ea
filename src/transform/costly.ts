import type { Primitive } from '../graph/node.ts';

/** Elementwise operations that take longer than it takes to read their result back (`npm run bench -- --only lstm64`). */
export const COSTLY: ReadonlySet<Primitive> = new Set([
  'exp',
  'log',
  'log1p',
  'expm1',
  'sin',
  'cos',
  'atan',
  'tanh',
  'sigmoid',
  'erf',
  'pow',
] as const);
