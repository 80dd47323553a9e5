import * as z from "zod";
import { isOverTime, stretchSite } from "../structure/block-site.js";
import { magnitude, sentences } from "../util/format.js";
import { real } from "../util/json.js";
import { isIll } from "../verdict/judge.js";
import { onChain } from "./evidence.js";
import type { Evidence } from "./evidence.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule, Observation } from "./rule.js";
import { cureSchema, cureWords } from "./shared/cure.js";
import { growthRate, lnFactor } from "./shared/fact-schemas.js";
import { factorWords, rateWords } from "./shared/growth-words.js";
import { HUNDREDFOLD, bodyOf } from "./shared/profile.js";

/** ln of how much further than the raw norm the coefficient must spread. */
const ANOTHER = Math.log(10);

const lnRaw = real.meta({ description: "ln of the larger of the largest rise and fall of the gradient's norm." });

const facts = z.discriminatedUnion("spreads", [
  factsOf({
    spreads: z.literal("raw"),
    lnRaw,
    lnScaleFree: real.meta({ description: "The same of the gradient scale coefficient." }),
    cure: cureSchema,
  }),
  factsOf({ spreads: z.literal("scale-free"), lnRaw, grows: z.boolean(), lnScaleFree: lnFactor, rate: growthRate }),
]);
type Facts = z.output<typeof facts>;

/**
 * Raw gradients and the scale-free coefficient tell different stories: a raw spread that one scalar per layer cures, or a flat raw profile
 * behind which the coefficient spreads.
 */
export const units: FindingRule = findingRule({
  id: "units",
  facts,
  examine: (all): readonly Observation<Facts>[] => all.chains.map((c) => onChain(all, c)).flatMap(ofChain),
  words: ({ facts }, style) => {
    if (facts.spreads === "raw")
      return {
        evidence: `the raw norm spreads ×${magnitude(facts.lnRaw, style)}, the gradient scale coefficient only ×${magnitude(facts.lnScaleFree, style)}`,
        why: "Activations shrink (or grow) as gradients grow (or shrink), so their product stays: a relative change of a layer's input moves the loss equally at every depth. The spread is a choice of units, no chaos.",
        remedy: sentences(
          cureWords(facts.cure, style),
          "What sets the scale of layers changes it: the scale of the weights or of the branches, or a norm. Adam is hardly affected meanwhile, since it divides by each weight's own gradient size; SGD with one rate is, and so are float16 gradients.",
        ),
      };
    const rate = rateWords(facts.rate, style);
    return {
      evidence: `the gradient scale coefficient ${facts.grows ? `grows ${factorWords(facts.lnScaleFree, "×", style)}` : `shrinks ${factorWords(facts.lnScaleFree, "÷", style)}`} from output to input${rate === "" ? "" : `, ${rate}`}, while the raw norm stays within ×${magnitude(facts.lnRaw, style)}`,
      why: "The raw gradient looks flat only because the activations' scale drifts the other way. Measured free of scale, the sensitivity to a relative change differs between depths, and no rescaling of layers removes that.",
      remedy:
        "Read the scale-free profile instead of the raw one. Cure the dynamics (weight scale, shortcuts with a norm inside the branch), not the units.",
    };
  },
});

/** Returns the observation on one chain. */
function ofChain(e: Evidence): readonly Observation<Facts>[] {
  const v = e.verdict;
  const site = stretchSite(e.structure, e.bound.graph, bodyOf(e));
  const lnRaw = Math.max(v.rise.value, v.fall.value);
  if (isIll(v) && v.cause === "units") {
    const lnScaleFree = Math.max(v.scaleFreeRise.value, v.scaleFreeFall.value);
    return [{ severity: "info", site, facts: { spreads: "raw", lnRaw, lnScaleFree, cure: e.cure } }];
  }
  const flat = v.decision === "healthy" && v.rise.high < HUNDREDFOLD && v.fall.high < HUNDREDFOLD;
  const spread = v.scaleFreeRise.low > HUNDREDFOLD ? v.scaleFreeRise : v.scaleFreeFall.low > HUNDREDFOLD ? v.scaleFreeFall : undefined;
  // Where the raw norm spreads nearly as far, both tell the same story.
  if (!flat || !spread || spread.low - lnRaw < ANOTHER) return [];
  return [
    {
      // States over time are no trunk that alone carries what came in: inputs are fed at every step.
      severity: isOverTime(e.structure, bodyOf(e)[0]?.to ?? 0) ? "info" : "warning",
      site,
      facts: { spreads: "scale-free", lnRaw, grows: spread === v.scaleFreeRise, lnScaleFree: { ...spread }, rate: { ...v.scaleFree } },
    },
  ];
}
