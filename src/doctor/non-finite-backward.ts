import { nodesSite } from "../graph/site.js";
import { traitsOf } from "../ops/registry.js";
import { findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { causeOf, causeWords, largest, nonFiniteEvidence, nonFiniteFacts, nonFiniteSchema } from "./shared/non-finite.js";

/** The first cotangent that is not finite although everything was on the way forward. */
export const nonFiniteBackward: FindingRule = findingRule({
  id: "non-finite-backward",
  facts: nonFiniteSchema,
  examine: ({ nonFinite: f }) => {
    if (f?.direction !== "backward") return [];
    const steep = traitsOf(f).steep && largest(f) < 1e15;
    return [{ severity: "error", site: nodesSite([f.node]), facts: nonFiniteFacts(f, steep ? "steep" : causeOf(f)) }];
  },
  words: ({ site, facts }, style) => {
    const { why, remedy } = causeWords(facts, style);
    return {
      where: `${site.name} (${facts.op}), backward`,
      evidence: nonFiniteEvidence(facts, style),
      why: `${why} All gradients before this place are lost with it.`,
      remedy,
    };
  },
});
