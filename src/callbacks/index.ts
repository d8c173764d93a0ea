export { Callback, type CallbackHooks, type CallbackParams, type Logs, type TrainedModel } from './callback.ts';
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.ts';
export { History } from './history.ts';
export { LambdaCallback } from './lambda-callback.ts';
export { LearningRateScheduler } from './learning-rate-scheduler.ts';
export type { MonitorMode } from './monitor.ts';
export { ProgbarLogger } from './progbar-logger.ts';
export { TerminateOnNaN } from './terminate-on-nan.ts';
