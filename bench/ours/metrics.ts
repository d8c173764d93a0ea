import { tensor } from '../../src/index.ts';
import type { ModelKind } from '../model-flop.ts';
import { PLAIN_STEP } from '../results.ts';
import { examplesFor } from './data.ts';
import { buildModel } from './models/index.ts';
import { bareStep, type Prepared } from './steps.ts';

/** The bare step with the accuracy and without, in turn: a few hundredths of a step would drown in the machine's moods. */
export function prepareMetrics(kind: ModelKind, batch: number): Prepared {
  const { x, y } = examplesFor(kind, batch);
  const [xs, ys] = [tensor(x.data, x.shape), tensor(y.data, y.shape)];
  const measured = bareStep(buildModel(kind, ['accuracy']), xs, ys);
  const plain = bareStep(buildModel(kind), xs, ys);
  let plainTimes: number[] = [];
  const modes = {
    step: (reps: number) => {
      const pairs = Array.from({ length: reps }, () => [time(plain.step), time(measured.step)] as const);
      plainTimes = pairs.map(([without]) => without);
      return pairs.map(([, withMetrics]) => withMetrics);
    },
    [PLAIN_STEP]: () => plainTimes,
  };
  return { modes, loss: measured.loss, steps: 2 };
}

function time(step: () => void): number {
  const start = performance.now();
  step();
  return performance.now() - start;
}
