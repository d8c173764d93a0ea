/**
 * The classes of models by Keras's names, for configurations of models that hold models. Each class puts itself in when it
 * is defined: model.ts cannot import sequential.ts, which extends it.
 */
export const knownModels: Record<string, unknown> = {};
