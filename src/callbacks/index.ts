export { BackupAndRestore, type BackupAndRestoreOptions } from './backup-and-restore.ts';
export {
  Callback,
  type CallbackHooks,
  type CallbackParams,
  type CallbackState,
  type Logs,
  type TrainedModel,
} from './callback.ts';
export { CallbackList, type CallbackListOptions } from './callback-list.ts';
export { CSVLogger, type CSVLoggerOptions } from './csv-logger.ts';
export { EarlyStopping, type EarlyStoppingOptions } from './early-stopping.ts';
export { History } from './history.ts';
export { LambdaCallback } from './lambda-callback.ts';
export { LearningRateScheduler } from './learning-rate-scheduler.ts';
export { ModelCheckpoint, type ModelCheckpointOptions, OrbaxCheckpoint } from './model-checkpoint.ts';
export type { MonitorMode } from './monitor.ts';
export { ProgbarLogger } from './progbar-logger.ts';
export { ReduceLROnPlateau, type ReduceLROnPlateauOptions } from './reduce-lr-on-plateau.ts';
export { RemoteMonitor, type RemoteMonitorOptions } from './remote-monitor.ts';
export type { SaveFrequency } from './save-frequency.ts';
export { SwapEMAWeights } from './swap-ema-weights.ts';
export { TensorBoard, type TensorBoardOptions } from './tensorboard/tensorboard.ts';
export { TerminateOnNaN } from './terminate-on-nan.ts';
