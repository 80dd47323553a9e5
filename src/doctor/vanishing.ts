import type { FindingRule } from "./evidence.js";
import { projectionFinding, spreadFinding } from "./shared/spread.js";

/** The gradient shrinks from output to input by the verdict's measure; or would, were the network deeper. */
export const vanishing: FindingRule = {
  id: "vanishing",
  examine: (c) => (c.verdict.decision === "vanishing" ? [spreadFinding(c, "vanishing")] : projectionFinding(c, "vanishing")),
};
