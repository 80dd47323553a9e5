import type { LossSpec } from "../../autodiff/loss.js";
import type { Batch } from "../../data/batch.js";
import type { Runtime } from "../../runtime/runtime.js";
import { ATTENDED_FIELDS, NETWORK_FIELDS } from "../network-options.js";
import type { Attended, NetworkOptions } from "../network-options.js";
import { elsewhere, listOf, loss, positive, seed } from "../option-fields.js";
import type { OptionFields } from "../option-fields.js";

/** How to check a network. */
export interface CheckOptions extends NetworkOptions, Attended {
  readonly runtime: Runtime;
  /** Every input, and labels or target; without any inputs are drawn. Of several, alike in shape, the record describes the first. */
  readonly batches?: readonly Batch[] | undefined;
  /** Absent: cross-entropy with labels, mse with a target, else none. */
  readonly loss?: LossSpec | "none" | undefined;
  /** Seed of everything that is drawn (default: 0). */
  readonly seed?: number | undefined;
  /** A learning rate to compare with the curvature of the loss. */
  readonly learningRate?: number | undefined;
  /** A loss scale that the user trains with: precision is judged under it. */
  readonly lossScale?: number | undefined;
  /** Findings that are accepted: `RULE` or `RULE@SITE`, with where it was said. They are listed as such. */
  readonly ignore?: readonly (string | { readonly entry: string; readonly by: string })[] | undefined;
}

/** What these options take. */
export const CHECK_FIELDS: OptionFields<CheckOptions> = {
  ...NETWORK_FIELDS,
  ...ATTENDED_FIELDS,
  runtime: elsewhere,
  batches: listOf("Maps of tensors by name", 1, (b) => b instanceof Map),
  loss: loss(true),
  seed,
  learningRate: positive,
  lossScale: positive,
  ignore: listOf("rules", 0, (i) => typeof i === "string" || (typeof i === "object" && i !== null && "entry" in i && "by" in i)),
};
