import { nodesSite } from "../graph/site.js";
import { traitsOf } from "../ops/registry.js";
import { findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { causeOf, causeWords, largest, nonFiniteEvidence, nonFiniteFacts, nonFiniteSchema, reachWords } from "./shared/non-finite.js";

/** The first cotangent that is not finite although everything was on the way forward. */
export const nonFiniteBackward: FindingRule = findingRule({
  id: "non-finite-backward",
  facts: nonFiniteSchema,
  examine: (e) => {
    const f = e.nonFinite;
    if (f?.direction !== "backward") return [];
    const steep = traitsOf(f).steep && largest(f) < 1e15;
    return [{ severity: f.reaches ? "error" : "info", site: nodesSite([f.node]), facts: nonFiniteFacts(e, f, steep ? "steep" : causeOf(e, f)) }];
  },
  words: ({ site, facts }, style) => {
    const { why, remedy } = causeWords(facts, style);
    return {
      where: `${site.name} (${facts.op}), backward`,
      evidence: nonFiniteEvidence(facts, style),
      why: `${why} ${reachWords(facts, "All gradients before this place are lost with it.")}`,
      remedy,
    };
  },
});
