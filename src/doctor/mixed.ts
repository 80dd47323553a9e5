import * as z from "zod";
import { stretchName, stretchSite } from "../structure/block-site.js";
import type { Block } from "../structure/types.js";
import { sentences } from "../util/format.js";
import { largest } from "../verdict/spread.js";
import { onChain } from "./evidence.js";
import type { Evidence } from "./evidence.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule, Observation } from "./rule.js";
import { cureSchema, cureWords } from "./shared/cure.js";
import { lnFactor, normCaveat } from "./shared/fact-schemas.js";
import { factorWords } from "./shared/growth-words.js";
import { mechanismOf, mechanismSchema } from "./shared/mechanism.js";
import { mechanismWords } from "./shared/mechanism-words.js";
import { normCaveatOf } from "./shared/norm-caveat.js";
import { bodyOf, gradientProfile } from "./shared/profile.js";
import { profileSeverity } from "./shared/profile-rule.js";

const stretch = factsOf({ place: z.string(), lnFactor, mechanism: mechanismSchema });

const facts = factsOf({
  grows: stretch.meta({ description: "The stretch of the largest rise, from output to input." }),
  shrinks: stretch.meta({ description: "The stretch of the largest fall." }),
  cure: cureSchema,
  normCaveat,
});
type Facts = z.output<typeof facts>;

/** The gradient both grows and shrinks on its way: two diseases in two stretches. */
export const mixed: FindingRule = findingRule({
  id: "mixed",
  facts,
  examine: (all) => all.chains.map((c) => onChain(all, c)).flatMap(ofChain),
  words: ({ facts: { grows, shrinks, cure } }, style) => {
    const [growth, decay] = [mechanismWords(grows.mechanism, "exploding", style), mechanismWords(shrinks.mechanism, "vanishing", style)];
    return {
      evidence: `from output to input the gradient's norm grows ${factorWords(grows.lnFactor, "×", style)} through ${grows.place} and shrinks ${factorWords(shrinks.lnFactor, "÷", style)} through ${shrinks.place}`,
      why: sentences(`Growing: ${growth.why}`, `Shrinking: ${decay.why}`),
      remedy: sentences(cureWords(cure, style), `Treat the two places apart. Where it grows: ${growth.remedy} Where it shrinks: ${decay.remedy}`),
    };
  },
});

/** Returns the observation on one chain. */
function ofChain(e: Evidence): readonly Observation<Facts>[] {
  const { decision, rise, fall } = e.verdict;
  if (decision !== "mixed") return [];
  const [profile, blocks] = [gradientProfile(e), bodyOf(e)];
  const [up, down] = [largest(profile, 1), largest(profile, -1)].map(({ from, to }) => blocks.slice(from, to)) as [Block[], Block[]];
  const [above, below] = [stretchName(e.structure, up), stretchName(e.structure, down)];
  return [
    {
      severity: profileSeverity(e),
      site: stretchSite(e.structure, e.bound.graph, [...up, ...down], `${above}; ${below}`),
      facts: {
        grows: { place: above, lnFactor: { ...rise }, mechanism: mechanismOf(e, up) },
        shrinks: { place: below, lnFactor: { ...fall }, mechanism: mechanismOf(e, down) },
        cure: e.cure,
        normCaveat: normCaveatOf(e),
      },
    },
  ];
}
