import { customObjectScope, scopedObjects } from '../custom-objects.ts';
import type { CustomObjects } from '../layers/index.ts';
import type { Model } from '../models/index.ts';
import { checkConfig } from './check-config.ts';
import { atPlace, FileError } from './file-error.ts';
import { parseJson } from './json.ts';
import { makeModel } from './keras-file.ts';
import { KnownClasses } from './known-classes.ts';

/**
 * A model's configuration as JSON, as Keras's `Model.to_json` gives it: the structure and how it was compiled, no weights.
 *
 * @throws FileError where a configuration holds what JSON cannot.
 */
export function modelToJson(model: Model): string {
  return atPlace({}, () => model.toJson());
}

/**
 * A model of the structure that JSON describes, with new weights; compiled where the JSON says how. Keras's
 * `model_from_json`. The text may come from anywhere: nothing in it is run.
 *
 * @throws FileError for text that is no configuration of a model, and for unknown classes (all of them are listed).
 * @example
 * const twin = modelFromJson(modelToJson(model));
 */
export function modelFromJson(json: string, options: { customObjects?: CustomObjects } = {}): Model {
  if (typeof json !== 'string') throw new FileError(`modelFromJson: expected a string, got ${typeof json}`);
  const customObjects = { ...scopedObjects(), ...options.customObjects };
  const config = parseJson(new TextEncoder().encode(json));
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new FileError('modelFromJson: expected an object');
  const { compile_config: training, ...rest } = config as Record<string, unknown>;
  checkConfig(config as Record<string, unknown>, new KnownClasses(customObjects));
  return customObjectScope(customObjects, () => {
    const model = makeModel(rest, customObjects);
    const compiled = typeof training === 'object' && training !== null && 'optimizer' in training && training.optimizer;
    if (compiled) model.compileFromConfig(training as Record<string, unknown>, customObjects);
    return model;
  });
}
