import type { FindingRule } from "./rule.js";
import { profileRule } from "./shared/profile-rule.js";

/** The gradient grows from output to input by the verdict's measure; or would, were the network deeper. */
export const exploding: FindingRule = profileRule("exploding");
