import { located } from "../graph/site.js";
import { borderEffect } from "./border-effect.js";
import type { Evidence } from "./evidence.js";
import { collapse } from "./collapse.js";
import { deadUnits } from "./dead-units.js";
import { exploding } from "./exploding.js";
import { SEVERITIES } from "./finding.js";
import type { Finding } from "./finding.js";
import { mixed } from "./mixed.js";
import { noGradient } from "./no-gradient.js";
import { nonFiniteBackward } from "./non-finite-backward.js";
import { nonFiniteForward } from "./non-finite-forward.js";
import { normFolded } from "./norm-folded.js";
import { normInferenceMode } from "./norm-inference-mode.js";
import { normOnTrunk } from "./norm-on-trunk.js";
import { normSmallBatch } from "./norm-small-batch.js";
import { precisionLoss } from "./precision-loss.js";
import { recurrentGain } from "./recurrent-gain.js";
import { findingOf } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { saturatedUnits } from "./saturated-units.js";
import { scaleMismatch } from "./scale-mismatch.js";
import { stepTooLarge } from "./step-too-large.js";
import { units } from "./units.js";
import { unscaledResidual } from "./unscaled-residual.js";
import { vanishing } from "./vanishing.js";

/** Every rule, in the order in which findings of one severity are listed: those that make others doubtful come first. */
export const FINDINGS: readonly FindingRule[] = [
  nonFiniteForward,
  nonFiniteBackward,
  normFolded,
  normInferenceMode,
  exploding,
  vanishing,
  mixed,
  stepTooLarge,
  units,
  collapse,
  unscaledResidual,
  normOnTrunk,
  recurrentGain,
  normSmallBatch,
  deadUnits,
  saturatedUnits,
  noGradient,
  scaleMismatch,
  precisionLoss,
  borderEffect,
];

/** The ids of all rules. */
export const RULES: readonly string[] = FINDINGS.map((r) => r.id);

/** Applies every rule and returns the findings, the gravest first. */
export function examine(e: Evidence): Finding[] {
  const findings = FINDINGS.flatMap((rule) => rule.examine(e).map((o) => findingOf(rule, { ...o, site: located(o.site, e.bound.notes) })));
  return findings.sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}
