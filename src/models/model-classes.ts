import type { CustomObjects } from '../layers/registry.ts';
import { Model } from './model.ts';
import { Sequential } from './sequential.ts';

/** The models that may stand among the layers of a model, by Keras's names. */
export function modelClasses(): CustomObjects {
  return { Functional: Model, Model, Sequential };
}
