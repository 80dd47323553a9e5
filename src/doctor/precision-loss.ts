import * as z from "zod";
import { networkSite, parametersSite } from "../graph/site.js";
import { exact, list, magnitude, percent, power } from "../util/format.js";
import type { Style } from "../util/format.js";
import { real } from "../util/json.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule, Observation, Words } from "./rule.js";
import { isIll } from "../verdict/judge.js";
import { LARGEST16, precisionOf } from "./shared/precision.js";

/** The lost shares from which on the finding is reported. */
export const TOLD = { float16: 0.05, bfloat16: 0.01, heavy: 0.5 } as const;

const lnLargest = real.meta({ description: "ln of the largest gradient element." });
const log2LossScale = z.number().int().meta({ description: "The power of two that leaves the largest element 16-fold below the largest float16." });
const lostBfloat16 = real.meta({ description: "Share of all non-zero gradient elements that bfloat16 rounds to zero." });

const facts = z.discriminatedUnion("case", [
  factsOf({ case: z.literal("overflow"), lossScale: real, lnLargest, log2LossScale }),
  factsOf({
    case: z.literal("float16"),
    lossScale: real.nullable().meta({ description: "The loss scale that is trained with; null where none was given." }),
    lostFloat16: real.meta({ description: "Share of all non-zero gradient elements that float16 rounds to zero without a loss scale." }),
    lostBfloat16,
    worst: z.array(factsOf({ parameter: z.string(), lostFloat16: real })),
    lnLargest,
    log2LossScale,
  }),
  factsOf({
    case: z.literal("bfloat16"),
    lostBfloat16,
    profile: z
      .enum(["ill", "flat"])
      .meta({ description: "Whether the gradient's profile is one of those that lose it on the way, or keeps its size up to these weights." }),
  }),
]);
type Facts = z.output<typeof facts>;

/**
 * Gradients that half precision would lose: rounded to zero, or, with a loss scale, overflowing. The shares are those of the loss as it is
 * (scale 1); a loss scale S multiplies every gradient by S before it is stored.
 */
export const precisionLoss: FindingRule = findingRule({
  id: "precision-loss",
  facts,
  examine: (e) => {
    const precision = precisionOf(e);
    // A drawn cotangent has no size of its own.
    if (precision === undefined || e.nonFinite?.reaches || e.readings.select("loss").length === 0) return [];
    const { graph } = e.bound;
    const { weights: all, lostFloat16: half, lostBfloat16: brain, lnLargest: top, log2LossScale: fits } = precision;
    const found: Observation<Facts>[] = [];
    const ill = e.chains.some((c) => isIll(c.verdict) || c.mild === true);
    const { lossScale } = e;
    if (lossScale !== undefined && top + Math.log(lossScale) > LARGEST16) {
      const over = all.filter((l) => l.lnLargest + Math.log(lossScale) > LARGEST16);
      found.push({
        severity: "warning",
        site: parametersSite(
          graph,
          over.map((l) => l.name),
        ),
        facts: { case: "overflow", lossScale, lnLargest: top, log2LossScale: fits },
      });
    } else if (half > TOLD.float16 && (ill || half > TOLD.heavy || !(brain > TOLD.bfloat16))) {
      const worst = [...all].sort((a, b) => b.float16 - a.float16).filter((l) => l.float16 > TOLD.float16);
      const scaled = lossScale !== undefined && lossScale > 1;
      found.push({
        severity: half > TOLD.heavy && scaled && lossScale < 2 ** fits ? "warning" : "info",
        site:
          worst.length === 0 || 2 * worst.length > all.length
            ? networkSite
            : parametersSite(
                graph,
                worst.map((l) => l.name),
              ),
        facts: {
          case: "float16",
          lossScale: lossScale ?? null,
          lostFloat16: half,
          lostBfloat16: brain,
          worst: worst.map((l) => ({ parameter: l.name, lostFloat16: l.float16 })),
          lnLargest: top,
          log2LossScale: fits,
        },
      });
    }
    if (brain > TOLD.bfloat16) {
      const lost = [...all].sort((a, b) => b.bfloat16 - a.bfloat16).filter((l) => l.bfloat16 > 0);
      found.push({
        severity: "warning",
        site: parametersSite(
          graph,
          lost.map((l) => l.name),
        ),
        facts: { case: "bfloat16", lostBfloat16: brain, profile: ill ? "ill" : "flat" },
      });
    }
    return found;
  },
  words: ({ facts }, style) => {
    switch (facts.case) {
      case "overflow":
        return overflowWords(facts, style);
      case "float16":
        return float16Words(facts, style);
      case "bfloat16":
        return {
          evidence: `${percent(facts.lostBfloat16, style)} of the gradients' non-zero elements lie below ${exact(5e-41, style)}, where bfloat16, and all but the last bits of float32, end`,
          ...(facts.profile === "ill"
            ? {
                why: "Gradients of that size come from a profile that vanishes, not from the format.",
                remedy: "Cure the profile; a loss scale helps float16 only.",
              }
            : {
                why: "No chain loses the gradient on its way to these weights. It is lost between the trunk and them: in a softmax whose scores lie so far apart that it is 0 or 1, in units that are flat, or behind a tiny factor.",
                remedy:
                  "Look at what these weights feed. Where they make the scores of a softmax, as the queries and keys of an attention do, start them smaller or normalise them; a loss scale helps float16 only.",
              }),
        };
    }
  },
});

/** Returns a loss scale that is a power of two: 4096, 2^-26. */
const scaleWords = (log2: number, style: Style): string => (log2 >= 31 || log2 < 0 ? power(2, log2, style) : exact(2 ** log2, style));

const overflowWords = (f: Facts & { case: "overflow" }, style: Style): Words => ({
  evidence: `the largest gradient element is ${magnitude(f.lnLargest, style)}; times the loss scale ${exact(f.lossScale, style)} it is ${magnitude(f.lnLargest + Math.log(f.lossScale), style)}, beyond float16's 65504`,
  why: "Gradients that overflow are infinite, and the step is skipped (or lost).",
  remedy: `A loss scale of at most ${scaleWords(f.log2LossScale, style)} keeps every gradient of this batch 16-fold below the limit; dynamic scaling finds it at the price of skipped steps.`,
});

function float16Words(f: Facts & { case: "float16" }, style: Style): Words {
  const most = f.worst.length > 0 ? `, most in ${list(f.worst.map((w) => `${w.parameter} (${percent(w.lostFloat16, style)})`))}` : "";
  const scaled = f.lossScale !== null && f.lossScale > 1 ? ` The loss scale ${exact(f.lossScale, style)} shifts that limit down as many times.` : "";
  return {
    evidence: `float16 would round ${percent(f.lostFloat16, style)} of the gradients' non-zero elements to zero without a loss scale${most}; bfloat16 would round ${percent(f.lostBfloat16, style)}; the largest gradient element is ${magnitude(f.lnLargest, style)}`,
    why: `float16 has nothing below ${exact(6e-8, style)}, and sums of many small contributions are lost with them.${scaled}`,
    remedy: `A loss scale of ${scaleWords(f.log2LossScale, style)} uses float16's range up to 16-fold below its limit; bfloat16 needs none but keeps only 8 bits of each gradient. In float32 nothing is lost.`,
  };
}
