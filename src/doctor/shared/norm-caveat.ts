import type * as z from "zod";
import type { Evidence } from "../evidence.js";
import type { normCaveat } from "./fact-schemas.js";
import { foldedNorms, inferenceOnly } from "./norms.js";

/** How the norms of a file differ from those of training. */
export type NormCaveat = z.output<typeof normCaveat>;

/** Returns how the norms of the file differ from those of training. */
export function normCaveatOf(e: Evidence): NormCaveat {
  const folded = foldedNorms(e);
  if (folded) return folded.traces.length > 0 ? "folded" : "perhaps-folded";
  return inferenceOnly(e) ? "inference-mode" : null;
}

/** Tells whether the norms of training are surely not in the file: folded away, or all in inference mode. */
export const isUnlikeTraining = (e: Evidence): boolean => ["folded", "inference-mode"].includes(normCaveatOf(e) ?? "");

/** Returns a sentence for other findings when the file's norms do not run as they do in training; empty otherwise. */
export function normCaveatWords(caveat: NormCaveat): string {
  if (caveat === null) return "";
  if (caveat === "inference-mode")
    return "But the BatchNorms of this file run in inference mode (norm-inference-mode): the network that trains may behave otherwise.";
  const sure = caveat === "folded" ? "are" : "seem to be";
  return `But the BatchNorms of this file ${sure} folded away (norm-folded): the network that trains may behave otherwise.`;
}
