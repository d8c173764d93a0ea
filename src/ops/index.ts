export * from './compare.ts';
export * from './elementwise.ts';
export * from './linalg.ts';
export * from './movement.ts';
export * from './reduce.ts';
