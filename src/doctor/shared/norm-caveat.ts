import type * as z from "zod";
import { foldedNorms } from "../../passes/folded-norms.js";
import type { Evidence } from "../evidence.js";
import type { normCaveat } from "./fact-schemas.js";
import { barePartsOf } from "./norms.js";

/** How the norms of a file differ from those of training. */
export type NormCaveat = z.output<typeof normCaveat>;

/** Returns how the norms of the file, as they were measured, differ from those of training. */
export function normCaveatOf(e: Evidence): NormCaveat {
  if (foldedNorms(e.bound.model)) return "folded";
  if (barePartsOf(e)) return "perhaps-folded";
  const { batchNorms } = e.bound;
  return batchNorms.length > 0 && batchNorms.every((n) => !n.training) ? "inference-mode" : null;
}

/** Tells whether the norms of training were surely not measured: folded away, or all in inference mode. */
export const isUnlikeTraining = (e: Evidence): boolean => ["folded", "inference-mode"].includes(normCaveatOf(e) ?? "");
