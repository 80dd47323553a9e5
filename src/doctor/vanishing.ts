import type { FindingRule } from "./case.js";
import { projectionFinding, spreadFinding } from "./kit/spread.js";

/** The gradient shrinks from output to input by the verdict's measure; or would, were the network deeper. */
export const vanishing: FindingRule = {
  id: "vanishing",
  examine: (c) => (c.verdict.decision === "vanishing" ? [spreadFinding(c, "vanishing")] : projectionFinding(c, "vanishing")),
};
