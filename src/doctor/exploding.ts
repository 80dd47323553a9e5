import type { FindingRule } from "./evidence.js";
import { projectionFinding, spreadFinding } from "./shared/spread.js";

/** The gradient grows from output to input by the verdict's measure; or would, were the network deeper. */
export const exploding: FindingRule = {
  id: "exploding",
  examine: (c) => (c.verdict.decision === "exploding" ? [spreadFinding(c, "exploding")] : projectionFinding(c, "exploding")),
};
