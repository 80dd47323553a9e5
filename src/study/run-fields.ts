import type { RunOptions } from "../jobs/run-trials.js";
import { abortSignal, callback, elsewhere } from "./option-fields.js";
import type { OptionFields } from "./option-fields.js";

/** What the options of running trials take. */
export const RUN_FIELDS: OptionFields<RunOptions> = {
  queue: elsewhere,
  store: elsewhere,
  onResult: callback,
  onProgress: callback,
  signal: abortSignal,
};
