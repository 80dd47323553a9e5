import type { Evidence } from "../../doctor/evidence.js";
import type { Finding } from "../../doctor/finding.js";
import { blockName } from "../../structure/block-site.js";
import { lnActivationOf, lnGradientOf, lnScaleFreeOf } from "../../probe/profile.js";
import { lnSum } from "../../math/statistics.js";
import type { Measurement } from "../../probe/measurement.js";
import type { Profiles } from "../../probe/profile.js";
import type { BlockRow, CheckRecord, ParameterRow, TrunkRow } from "../check-record.js";
import type { Tensor } from "../../graph/tensor.js";
import { norm } from "../../math/norm.js";
import { centresOf, fitOf } from "./replicates.js";
import type { Centre } from "./replicates.js";

/** Composes the record of a check-up from the evidence, the findings that rest on it, and the choices that were made. */
export function composeRecord(
  c: Evidence,
  profiles: Profiles,
  findings: readonly Finding[],
  settings: CheckRecord["settings"],
  seconds: number,
): CheckRecord {
  const { model } = c.bound;
  const [first] = c.measurements;
  const centres = centresOf(c, profiles);
  const trunk = trunkRows(c, centres);
  const parameters = first!.parameters.map((p): ParameterRow => ({
    name: p.parameter.name,
    shape: p.parameter.value.shape,
    lnGradient: p.lnGradient,
    lnWeight: Math.log(norm(p.parameter.value.data)),
    lnUpdateRatio: updateRatioOf(c, p.lnGradient, p.parameter.value),
    lostFloat16: p.lost?.float16 ?? null,
    lostBfloat16: p.lost?.bfloat16 ?? null,
  }));
  return {
    schema: "isograd/check/1",
    model: {
      name: model.name,
      nodes: model.graph.nodes.length,
      parameters: first!.parameters.reduce((n, p) => n + p.parameter.value.data.length, 0),
      opset: model.opset,
      producer: model.producer,
    },
    settings,
    verdict: c.verdict.decision,
    cause: c.verdict.cause,
    law: c.verdict.law,
    sentence: c.verdict.sentence,
    loss: first!.loss ?? null,
    trunk,
    blocks: blockRows(c, trunk),
    growth: { gradient: c.verdict.gradient, scaleFree: c.verdict.scaleFree },
    replicates: profiles.over === undefined ? null : { over: profiles.over, count: profiles.gradient.length },
    spread: { rise: c.verdict.rise, fall: c.verdict.fall },
    parameters,
    units: finiteUnits(c).map(({ value, op, dead, saturated, size }) => ({ value, op, dead, saturated, size })),
    precision: precisionOf(c),
    nonFinite: c.nonFinite ?? null,
    curvature: c.curvature
      ? {
          lambdaMax: c.curvature.lambdaMax,
          limit: c.curvature.lambdaMax > 0 ? 2 / c.curvature.lambdaMax : null,
          learningRate: c.curvature.learningRate,
        }
      : null,
    findings,
    seconds,
    fit: fitOf(c, profiles, trunk, centres) ?? null,
  };
}

/** The activation functions before the first value that is not finite: behind it nothing can be said of their units. */
function finiteUnits(c: Evidence): Measurement["units"] {
  const { units } = c.measurements[0]!;
  if (c.nonFinite?.direction !== "forward") return units;
  const { node, value } = c.nonFinite;
  const { nodes } = c.bound.graph;
  const at = nodes.findIndex((n) => n.name === node || n.outputs.includes(value) || n.inputs.includes(node));
  const before = new Set(nodes.slice(0, Math.max(0, at)).flatMap((n) => n.outputs));
  return units.filter((u) => before.has(u.value));
}

function trunkRows(c: Evidence, centres: readonly (Centre | undefined)[]): readonly TrunkRow[] {
  const [first] = c.measurements;
  const cuts = c.structure.trunk;
  const last = first!.cuts[cuts.length - 1]!;
  return cuts.map((cut, i): TrunkRow => {
    const reading = first!.cuts[i]!;
    const [lnGradient, lnActivation] = [reading.lnGradientSquares ? lnGradientOf(reading) : null, lnActivationOf(reading)];
    return {
      value: cut.name,
      depth: cut.depth,
      op: cut.op,
      boundary: cut.boundary,
      nesting: cut.nesting,
      lnGradient,
      lnActivation,
      low: centres[i]?.low ?? null,
      high: centres[i]?.high ?? null,
      lnScaleFree: lnScaleFreeOf(reading, last),
      cosine: reading.collapse.cosine,
      centredShare: reading.collapse.centredShare,
    };
  });
}

function blockRows(c: Evidence, trunk: readonly TrunkRow[]): readonly BlockRow[] {
  const branches = c.measurements[0]!.branches;
  return c.structure.blocks.map((block, i): BlockRow => {
    const [from, to] = [trunk[block.from]!, trunk[block.to]!];
    const branch = branches[i];
    return {
      name: blockName(c.structure, block),
      from: from.value,
      to: to.value,
      fromDepth: block.from,
      toDepth: block.to,
      kind: block.kind,
      skip: block.skip,
      branchScale: block.branchScale,
      role: block.role,
      norms: block.norms,
      lnGain: gainOf(from.lnGradient, to.lnGradient),
      lnBranchGain: gainOf(branch ? 0.5 * lnSum(branch) : null, to.lnGradient),
    };
  });
}

/** ln of the factor on the square; null where a side is not defined or nothing arrives at the end. */
const gainOf = (from: number | null, to: number | null): number | null => (from === null || to === null || to === -Infinity ? null : 2 * (from - to));

/** ln of ‖lr·gradient‖/‖weight‖, the share of a parameter that one step of plain gradient descent changes. */
function updateRatioOf(c: Evidence, lnGradient: number, value: Tensor): number | null {
  const size = norm(value.data);
  return c.curvature === undefined || size === 0 ? null : lnGradient + Math.log(c.curvature.learningRate) - Math.log(size);
}

/** What half precision would lose of all gradients together, and the power of two that brings the largest element near float16's largest number. */
function precisionOf(c: Evidence): CheckRecord["precision"] {
  const lost = c.measurements[0]!.parameters.flatMap((p) => (p.lost ? [{ ...p.lost, size: p.lost.live * p.parameter.value.data.length }] : []));
  const size = lost.reduce((n, l) => n + l.size, 0);
  if (size === 0) return null;
  const share = (pick: (l: (typeof lost)[number]) => number | null): number => lost.reduce((s, l) => s + (pick(l) ?? 0) * l.size, 0) / size;
  const top = lost.reduce((m, l) => Math.max(m, l.lnLargest), -Infinity);
  // A factor of 16 is left for the batches to come.
  const exponent = Number.isFinite(top) ? Math.floor((Math.log(65504 / 16) - top) / Math.LN2) : null;
  const lossScale = exponent === null || Math.abs(exponent) > 1022 ? null : 2 ** exponent;
  return {
    lossScale,
    lnLossScale: exponent === null ? null : exponent * Math.LN2,
    lostFloat16: share((l) => l.float16),
    lostBfloat16: share((l) => l.bfloat16),
  };
}
