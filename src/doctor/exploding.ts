import type { FindingRule } from "./case.js";
import { projectionFinding, spreadFinding } from "./kit/spread.js";

/** The gradient grows from output to input by the verdict's measure; or would, were the network deeper. */
export const exploding: FindingRule = {
  id: "exploding",
  examine: (c) => (c.verdict.decision === "exploding" ? [spreadFinding(c, "exploding")] : projectionFinding(c, "exploding")),
};
