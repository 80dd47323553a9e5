import * as z from "zod";
import { rate } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import { real } from "../../util/json.js";
import { DECISIONS } from "../../verdict/types.js";
import { factsOf } from "../rule.js";

/** What became of the verdict with one factor on all weights; null where none was tried. */
export const cureSchema = factsOf({ factor: real, verdict: z.enum(DECISIONS) })
  .nullable()
  .exactOptional()
  .meta({ description: "One factor on all weight matrices and kernels of the gravest chain, and the verdict with it; null where none was tried." });

/** A factor that was tried, and the verdict with it. */
export interface CureFacts {
  readonly factor: number;
  readonly verdict: (typeof DECISIONS)[number];
}

/** Says whether one factor on all weights cures a network: headline and remedies say it in the same words. Empty where none was tried. */
export function cureWords(cure: CureFacts | null | undefined, style: Style): string {
  if (cure === null || cure === undefined) return "";
  const factor = `×${rate(cure.factor, style)}`;
  return cure.verdict === "healthy"
    ? `One factor cures it: with ${factor} on all weight matrices and kernels of the chain the verdict is healthy (tried here).`
    : `No one factor on all weights cures it: the best of those tried here, ${factor}, leaves it ${cure.verdict}.`;
}
