/**
 * Addresses of the words by which threads meet. They lie at the bottom of the memory, below all buffers; those that
 * different threads write lie in different cache lines.
 */
export const CONTROL = {
  /** Raised by the main thread when there is something new: a job or a message. */
  epoch: 64,
  /** The number of the module that the latest job runs. */
  job: 68,
  /** Address of the first thread's context; the others follow at a distance of `stride`. */
  context: 72,
  stride: 76,
  parties: 80,
  /** Jobs so far for the threads beside the first one. */
  jobs: 84,
  /** Jobs so far whose first part a worker does in place of the main thread. */
  apartJobs: 88,
  barrierCount: 128,
  barrierGeneration: 192,
  barrierSleepers: 256,
  /** Not 0 once a thread failed, so that the others do not wait for it. */
  failed: 320,
  /** Of the jobs in `apartJobs`, those that are done. */
  apartDone: 384,
  /** Two words for each worker: messages sent to it, messages it has taken in. */
  mail: 1024,
} as const;

/** The most threads for which there is room in the words above. */
export const MAX_THREADS = 256;

/** Buffers lie above this address: 1 MiB, room for pointers that start before a padded image. */
export const HEAP_BASE = 1 << 20;
