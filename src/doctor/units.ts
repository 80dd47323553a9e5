import type { FindingRule } from "./evidence.js";
import { isOverTime, stretchName } from "./shared/module-path.js";
import { HUNDREDFOLD, bodyOf } from "./shared/profile.js";
import { factorOf, perBlock } from "./shared/spread.js";
import { magnitude } from "./shared/words.js";

/** ln of how much further than the raw norm the coefficient must spread. */
const ANOTHER = Math.log(10);

/**
 * Raw gradients and the scale-free coefficient tell different stories: a raw spread that one scalar per layer cures, or a flat raw profile
 * behind which the coefficient spreads.
 */
export const units: FindingRule = {
  id: "units",
  examine: (c) => {
    const v = c.verdict;
    const where = stretchName(c, bodyOf(c));
    const ill = v.decision === "exploding" || v.decision === "vanishing" || v.decision === "mixed";
    if (ill && v.cause === "units") {
      const free = Math.max(v.scaleFreeRise.value, v.scaleFreeFall.value);
      return [
        {
          rule: "units",
          severity: "info",
          where,
          evidence: `the raw norm spreads ×${magnitude(Math.max(v.rise.value, v.fall.value))}, the gradient scale coefficient only ×${magnitude(free)}`,
          why: "Activations shrink (or grow) as gradients grow (or shrink), so their product stays: a relative change of a layer's input moves the loss equally at every depth. The spread is a choice of units, no chaos.",
          remedy:
            "One factor per layer cures it: rescale the weights to the critical scale, scale the branches, or add a norm. Adam is hardly affected meanwhile, since it divides by each weight's own gradient size; SGD with one rate is, and so are float16 gradients.",
        },
      ];
    }
    const flat = v.decision === "healthy" && v.rise.high < HUNDREDFOLD && v.fall.high < HUNDREDFOLD;
    const spread = v.scaleFreeRise.low > HUNDREDFOLD ? v.scaleFreeRise : v.scaleFreeFall.low > HUNDREDFOLD ? v.scaleFreeFall : undefined;
    // Where the raw norm spreads nearly as far, both tell the same story.
    if (!flat || !spread || spread.low - Math.max(v.rise.value, v.fall.value) < ANOTHER) return [];
    const rate = perBlock(v.scaleFree);
    return [
      {
        rule: "units",
        // States over time are no trunk that alone carries what came in: inputs are fed at every step.
        severity: isOverTime(c, bodyOf(c)[0]?.to ?? 0) ? "info" : "warning",
        where,
        evidence: `the gradient scale coefficient ${spread === v.scaleFreeRise ? `grows ${factorOf(spread, "×")}` : `shrinks ${factorOf(spread, "÷")}`} from output to input${rate === "" ? "" : `, ${rate}`}, while the raw norm stays within ×${magnitude(Math.max(v.rise.value, v.fall.value))}`,
        why: "The raw gradient looks flat only because the activations' scale drifts the other way. Measured free of scale, the sensitivity to a relative change differs between depths, and no rescaling of layers removes that.",
        remedy:
          "Read the scale-free profile instead of the raw one. Cure the dynamics (weight scale, shortcuts with a norm inside the branch), not the units; a factor per layer changes nothing here.",
      },
    ];
  },
};
