let training: boolean | undefined;

/** Whether the call around this one is part of training; undefined outside of calls. */
export function callTraining(): boolean | undefined {
  return training;
}

/** Runs `f`, in which layers that are not told otherwise take `value` for `training`. */
export function withTraining<T>(value: boolean, f: () => T): T {
  const outer = training;
  training = value;
  try {
    return f();
  } finally {
    training = outer;
  }
}
