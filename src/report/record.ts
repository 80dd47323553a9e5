import type { Case } from "../doctor/case.js";
import type { Finding } from "../doctor/finding.js";
import { lnActivationOf, lnGradientOf } from "../probe/profile.js";
import type { Profiles } from "../probe/profile.js";
import type { BlockRow, CheckRecord, ParameterRow, TrunkRow } from "./check-record.js";
import { normOf } from "./gradient-table.js";

/** Puts a case and its findings into the record that is printed, drawn and written. */
export function recordOf(c: Case, profiles: Profiles, findings: readonly Finding[], settings: CheckRecord["settings"], seconds: number): CheckRecord {
  const { model } = c.bound;
  const [first] = c.measurements;
  const trunk = trunkRows(c, profiles);
  const parameters = first!.parameters.map((p): ParameterRow => ({
    name: p.parameter.name,
    shape: p.parameter.value.shape,
    lnGradient: p.lnGradient,
    lnWeight: Math.log(normOf(p.parameter.value)),
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
    spread: { rise: c.verdict.rise, fall: c.verdict.fall },
    parameters,
    units: first!.units.map(({ value, op, dead, saturated, size }) => ({ value, op, dead, saturated, size })),
    precision: precisionOf(c),
    curvature: c.curvature ? { lambdaMax: c.curvature.lambdaMax, limit: 2 / c.curvature.lambdaMax, learningRate: c.curvature.learningRate } : null,
    findings,
    seconds,
  };
}

function trunkRows(c: Case, profiles: Profiles): readonly TrunkRow[] {
  const [first] = c.measurements;
  const cuts = c.structure.trunk;
  const last = first!.cuts[cuts.length - 1]!;
  const end = lnGradientOf(last) + lnActivationOf(last);
  const bands = bandsOf(profiles);
  return cuts.map((cut, i): TrunkRow => {
    const reading = first!.cuts[i]!;
    const [lnGradient, lnActivation] = [reading.lnGradientSquares ? lnGradientOf(reading) : null, lnActivationOf(reading)];
    const band = bands.get(i);
    const live = lnGradient !== null && Number.isFinite(lnGradient);
    return {
      value: cut.name,
      depth: cut.depth,
      op: cut.op,
      boundary: cut.boundary,
      nesting: cut.nesting,
      lnGradient,
      lnActivation,
      low: live && band !== undefined ? lnGradient - band : null,
      high: live && band !== undefined ? lnGradient + band : null,
      lnScaleFree: lnGradient === null ? null : lnGradient + lnActivation - end,
      cosine: reading.collapse.cosine,
      centredShare: reading.collapse.centredShare,
    };
  });
}

/** Half-width of the 95 % interval of the mean of ln‖g‖ over the replicates, by trunk index: 1.96 standard errors, Student's t for few. */
function bandsOf(profiles: Profiles): ReadonlyMap<number, number> {
  const n = profiles.gradient.length;
  const bands = new Map<number, number>();
  if (profiles.over === undefined || n < 3) return bands;
  profiles.boundaries.forEach((at, j) => {
    const values = profiles.gradient.map((row) => row[j]!);
    const mean = values.reduce((s, v) => s + v, 0) / n;
    const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / (n - 1);
    const half = studentT(n - 1) * Math.sqrt(variance / n);
    if (Number.isFinite(half)) bands.set(at, half);
  });
  return bands;
}

/** 97.5 % quantile of Student's t, by the expansion of Cornish and Fisher (within 1 % from 4 degrees of freedom on). */
function studentT(freedom: number): number {
  const z = 1.959964;
  return z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2);
}

function blockRows(c: Case, trunk: readonly TrunkRow[]): readonly BlockRow[] {
  return c.structure.blocks.map((block): BlockRow => {
    const [from, to] = [trunk[block.from]!, trunk[block.to]!];
    const gain = from.lnGradient === null || to.lnGradient === null ? null : 2 * (from.lnGradient - to.lnGradient);
    return {
      from: from.value,
      to: to.value,
      fromDepth: block.from,
      toDepth: block.to,
      kind: block.kind,
      skip: block.skip,
      branchScale: block.branchScale,
      role: block.role,
      norms: block.norms,
      lnGain: gain,
    };
  });
}

/** What half precision would lose of all gradients together, and the power of two that brings the largest element near float16's largest number. */
function precisionOf(c: Case): CheckRecord["precision"] {
  const lost = c.measurements[0]!.parameters.flatMap((p) => (p.lost ? [{ ...p.lost, size: p.parameter.value.data.length }] : []));
  const size = lost.reduce((n, l) => n + l.size, 0);
  if (size === 0) return null;
  const share = (pick: (l: (typeof lost)[number]) => number | null): number => lost.reduce((s, l) => s + (pick(l) ?? 0) * l.size, 0) / size;
  const top = lost.reduce((m, l) => Math.max(m, l.lnLargest), -Infinity);
  // A factor of 16 is left for the batches to come.
  const exponent = Number.isFinite(top) ? Math.floor((Math.log(65504 / 16) - top) / Math.LN2) : null;
  return { lossScale: exponent === null ? null : 2 ** exponent, lostFloat16: share((l) => l.float16), lostBfloat16: share((l) => l.bfloat16) };
}
