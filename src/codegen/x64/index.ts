export { type Features, generateKernel } from './generate.ts';
