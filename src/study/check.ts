import type { Model } from "../graph/graph.js";
import { cancellable } from "../runtime/cancellable.js";
import { acceptances, withAcceptances } from "./accept.js";
import { requireModel, requireRuntime } from "./given.js";
import { progressOf } from "./network-options.js";
import type { CheckRecord } from "./check-record.js";
import { judged } from "./check/judged.js";
import { observe } from "./check/observe.js";
import { CHECK_FIELDS } from "./check/options.js";
import type { CheckOptions } from "./check/options.js";
import { requireOptions } from "./option-fields.js";

export type { CheckOptions } from "./check/options.js";

/**
 * Checks a network: structure, measurement, verdict, findings. Errors: those of binding (`bind/…`, `op/unsupported`, `memory/limit`), of the batch
 * (`batch/…`), of the loss (`loss/…`, `autodiff/not-differentiable`) and of the runtime (`runtime/…`).
 */
export async function check(model: Model, given: CheckOptions): Promise<CheckRecord> {
  requireModel(model, "check");
  requireRuntime(given.runtime, "check");
  requireOptions("check", given, CHECK_FIELDS);
  const accepted = acceptances(given.ignore);
  const start = performance.now();
  const onProgress = progressOf(given);
  const options = { ...given, runtime: cancellable(given.runtime, given.signal), onProgress };
  onProgress("binding");
  const observed = await observe(model, options);
  onProgress("judging");
  return withAcceptances(judged(observed, options, start), accepted);
}
