import type { FindingRule } from "./evidence.js";
import { mechanismOf } from "./shared/mechanism.js";
import { normCaveat } from "./shared/norms.js";
import { stretchName } from "./shared/module-path.js";
import { bodyOf } from "./shared/profile.js";
import { extremeStretches, factorOf, profileSeverity } from "./shared/spread.js";
import { sentences } from "./shared/words.js";

/** The gradient both grows and shrinks on its way: two diseases in two places. */
export const mixed: FindingRule = {
  id: "mixed",
  examine: (c) => {
    if (c.verdict.decision !== "mixed") return [];
    const { rise, fall } = extremeStretches(c);
    const blocks = bodyOf(c);
    const [up, down] = [blocks.slice(rise.from, rise.to), blocks.slice(fall.from, fall.to)];
    const [grows, shrinks] = [mechanismOf(c, up, "exploding"), mechanismOf(c, down, "vanishing")];
    const [above, below] = [stretchName(c, up), stretchName(c, down)];
    return [
      {
        rule: "mixed",
        severity: profileSeverity(c),
        where: `${above}; ${below}`,
        evidence: `from output to input the gradient's norm grows ${factorOf(c.verdict.rise, "×")} through ${above} and shrinks ${factorOf(c.verdict.fall, "÷")} through ${below}`,
        why: sentences(`Growing: ${grows.why}`, `Shrinking: ${shrinks.why}`, normCaveat(c)),
        remedy: `Treat the two places apart. Where it grows: ${grows.remedy} Where it shrinks: ${shrinks.remedy}`,
      },
    ];
  },
};
