import { factsOf, findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { silentEvidence, silentShape, silentUnits } from "./shared/silent-units.js";

/** A unit that leaves its flat part for 20 % of examples is at work. */
const WORKING = 0.2;

/** Sigmoid and tanh units that are flat for every example and position of the batch. */
export const saturatedUnits: FindingRule = findingRule({
  id: "saturated-units",
  facts: factsOf(silentShape),
  examine: (e) => silentUnits(e, "saturated", 1 - WORKING),
  words: ({ facts }, style) => ({
    evidence: silentEvidence(facts, "flat", style),
    why: "Near its limits a sigmoid or tanh has almost no slope (|tanh| above 0.99: slope below 0.02), so it passes less than 1/2500 of the squared gradient, and its own weights hardly move.",
    remedy:
      "Scale the weights (or inputs) before these layers down, or normalise them; gates that shall be open or shut may stay. A ReLU-like function does not saturate above, but needs its own weight scale.",
  }),
});
