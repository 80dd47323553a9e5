import { nodesSite, valueSite } from "../graph/site.js";
import { findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { causeOf, causeWords, nonFiniteEvidence, nonFiniteFacts, nonFiniteSchema, reachWords } from "./shared/non-finite.js";

/** The first value on the way forward that is not finite. */
export const nonFiniteForward: FindingRule = findingRule({
  id: "non-finite-forward",
  facts: nonFiniteSchema,
  examine: (e) => {
    const f = e.nonFinite;
    if (f?.direction !== "forward") return [];
    const given = f.op === "input";
    const site = given ? valueSite(e.nonFiniteIn, f.value) : nodesSite([f.node]);
    return [{ severity: f.reaches ? "error" : "info", site, facts: nonFiniteFacts(e, f, given ? "given" : causeOf(e, f)) }];
  },
  words: ({ site, facts }, style) => {
    const { why, remedy } = causeWords(facts, style);
    return {
      where: facts.cause === "given" ? site.name : `${site.name} (${facts.op})`,
      evidence: nonFiniteEvidence(facts, style),
      why: `${why} ${reachWords(facts, "Everything that depends on it is lost, the gradient included.")}`,
      remedy,
    };
  },
});
