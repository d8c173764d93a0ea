export * as mnist from './mnist.ts';
