import { nodesSite, valueSite } from "../graph/site.js";
import { findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { causeOf, causeWords, nonFiniteEvidence, nonFiniteFacts, nonFiniteSchema } from "./shared/non-finite.js";

/** The first value on the way forward that is not finite. */
export const nonFiniteForward: FindingRule = findingRule({
  id: "non-finite-forward",
  facts: nonFiniteSchema,
  examine: ({ nonFinite: f, bound }) => {
    if (f?.direction !== "forward") return [];
    const given = f.op === "input";
    const site = given ? valueSite(bound.graph, f.value) : nodesSite([f.node]);
    return [{ severity: "error", site, facts: nonFiniteFacts(f, given ? "given" : causeOf(f)) }];
  },
  words: ({ site, facts }, style) => {
    const { why, remedy } = causeWords(facts, style);
    return {
      where: facts.cause === "given" ? site.name : `${site.name} (${facts.op})`,
      evidence: nonFiniteEvidence(facts, style),
      why: `${why} Everything that depends on it is lost, the gradient included.`,
      remedy,
    };
  },
});
