import type { FindingRule } from "./case.js";
import { mechanismOf } from "./kit/mechanism.js";
import { normCaveat } from "./kit/norms.js";
import { stretchName } from "./kit/place.js";
import { bodyOf } from "./kit/profile.js";
import { extremeStretches, factorOf, graveness } from "./kit/spread.js";
import { sentences } from "./kit/words.js";

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
        severity: graveness(c),
        where: `${above}; ${below}`,
        evidence: `from output to input the gradient's norm grows ${factorOf(c.verdict.rise, "×")} through ${above} and shrinks ${factorOf(c.verdict.fall, "÷")} through ${below}`,
        why: sentences(`Growing: ${grows.why}`, `Shrinking: ${shrinks.why}`, normCaveat(c)),
        remedy: `Treat the two places apart. Where it grows: ${grows.remedy} Where it shrinks: ${shrinks.remedy}`,
      },
    ];
  },
};
