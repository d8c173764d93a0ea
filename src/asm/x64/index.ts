export * from './assembler.ts';
export { AssemblerError } from './error.ts';
export * from './registers.ts';
