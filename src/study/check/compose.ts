import type { Evidence } from "../../doctor/evidence.js";
import { precisionOf } from "../../doctor/shared/precision.js";
import type { Finding } from "../../doctor/finding.js";
import { blockName } from "../../structure/block-site.js";
import { collapseAt, flowThrough, lnBranchGradientOf, lnParameterGradient, lostShareOf, unitsOf } from "../../probe/check-readings.js";
import { lnActivationOf, lnGradientOf, lnScaleFreeOf } from "../../probe/flow.js";
import type { JudgedChain } from "../../verdict/chains.js";
import type { BlockRow, ChainRow, CheckRecord, ParameterRow, TrunkRow, UnitRow } from "../check-record.js";
import type { Tensor } from "../../graph/tensor.js";
import { norm } from "../../math/norm.js";
import { told } from "./told.js";
import { centresOf, fitOf } from "./replicates.js";
import type { Centre } from "./replicates.js";
import { placeFields } from "./place-fields.js";

/** Composes the record of a check-up from the evidence, the findings that rest on it, and the choices that were made. */
export function composeRecord(
  e: Evidence,
  findings: readonly Finding[],
  settings: CheckRecord["settings"],
  more: Pick<CheckRecord, "graph" | "stored" | "cure" | "setAside" | "coverage">,
  seconds: number,
): CheckRecord {
  const { model } = e.bound;
  const { profiles } = e.chain;
  const centres = centresOf(e, profiles);
  const trunk = trunkRows(e, centres);
  return {
    schema: "isograd/check/1",
    model: {
      name: model.name,
      nodes: model.graph.nodes.length,
      parameters: e.places.parameters.reduce((n, p) => n + p.parameter.value.data.length, 0),
      opset: model.opset,
      producer: model.producer,
    },
    settings,
    verdict: e.verdict.decision,
    cause: e.verdict.cause,
    law: e.verdict.law,
    ...told(e, more.graph ?? "training"),
    ...more,
    chains: e.chains.flatMap(chainRows),
    loss: e.readings.at("loss", e.places.network) ?? null,
    trunk,
    blocks: blockRows(e, trunk),
    growth: { gradient: e.verdict.gradient, scaleFree: e.verdict.scaleFree },
    replicates: profiles.over === undefined ? null : { over: profiles.over, count: profiles.gradient.length },
    spread: { rise: e.verdict.rise, fall: e.verdict.fall },
    parameters: parameterRows(e),
    units: unitRows(e),
    precision: halfPrecision(e),
    nonFinite: e.nonFinite?.reaches === true ? { ...e.nonFinite, of: e.examples } : null,
    curvature: e.curvature
      ? {
          lambdaMax: e.curvature.lambdaMax,
          limit: e.curvature.lambdaMax > 0 ? 2 / e.curvature.lambdaMax : null,
          learningRate: e.curvature.learningRate,
        }
      : null,
    findings,
    seconds,
    fit: fitOf(e, profiles, trunk, centres) ?? null,
  };
}

function chainRows({ name, structure, blocks, verdict, cure }: JudgedChain): readonly ChainRow[] {
  const [first, last] = [blocks[0], blocks[blocks.length - 1]];
  if (first === undefined || last === undefined) return [];
  const { decision, cause, law, gradient, scaleFree, rise, fall, sentence } = verdict;
  return [
    {
      name,
      output: structure.target,
      from: structure.trunk[first.from]!.name,
      to: structure.trunk[last.to]!.name,
      blocks: blocks.length,
      verdict: decision,
      cause,
      law,
      growth: { gradient, scaleFree },
      spread: { rise, fall },
      cure: cure ?? null,
      sentence,
    },
  ];
}

/** Returns the activation functions before the first value that is not finite: behind it nothing can be said of their units. */
function unitRows(e: Evidence): readonly UnitRow[] {
  const units = e.places.units.map(({ unit: { value, op }, site }, i): UnitRow => ({ value, op, ...unitsOf(e, i), ...placeFields(e, site) }));
  if (e.nonFinite?.direction !== "forward") return units;
  const { node, value } = e.nonFinite;
  const { nodes } = e.bound.graph;
  const at = nodes.findIndex((n) => n.name === node || n.outputs.includes(value) || n.inputs.includes(node));
  const before = new Set(nodes.slice(0, Math.max(0, at)).flatMap((n) => n.outputs));
  return units.filter((u) => before.has(u.value));
}

function trunkRows(e: Evidence, centres: readonly (Centre | undefined)[]): readonly TrunkRow[] {
  const cuts = e.structure.trunk;
  const last = flowThrough(e, cuts.length - 1);
  return cuts.map((cut, i): TrunkRow => {
    const flow = flowThrough(e, i);
    return {
      value: cut.name,
      depth: cut.depth,
      op: cut.op,
      boundary: cut.boundary,
      nesting: cut.nesting,
      lnGradient: flow.lnGradientSquares ? lnGradientOf(flow) : null,
      lnActivation: lnActivationOf(flow),
      low: centres[i]?.low ?? null,
      high: centres[i]?.high ?? null,
      lnScaleFree: lnScaleFreeOf(flow, last),
      ...collapseAt(e, i),
      ...placeFields(e, e.places.cuts[i]),
    };
  });
}

function blockRows(e: Evidence, trunk: readonly TrunkRow[]): readonly BlockRow[] {
  return e.structure.blocks.map((block, i): BlockRow => {
    const [from, to] = [trunk[block.from]!, trunk[block.to]!];
    return {
      name: blockName(e.structure, block),
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
      lnBranchGain: gainOf(lnBranchGradientOf(e, i), to.lnGradient),
      ...placeFields(e, e.places.blocks[i]),
    };
  });
}

/** Returns ln of the factor on the square; null where a side is not defined or nothing arrives at the end. */
const gainOf = (from: number | null, to: number | null): number | null => (from === null || to === null || to === -Infinity ? null : 2 * (from - to));

const parameterRows = (e: Evidence): readonly ParameterRow[] =>
  e.places.parameters.map(({ parameter: { name, value } }, i): ParameterRow => {
    const [lnGradient, lost] = [lnParameterGradient(e, i), lostShareOf(e, i)];
    return {
      name,
      shape: value.shape,
      lnGradient,
      lnWeight: Math.log(norm(value.data)),
      lnUpdateRatio: updateRatioOf(e, lnGradient, value),
      lostFloat16: lost?.float16 ?? null,
      lostBfloat16: lost?.bfloat16 ?? null,
      ...placeFields(e, e.places.parameters[i]?.site),
    };
  });

/** Returns ln of ‖lr·gradient‖/‖weight‖, the share of a parameter that one step of plain gradient descent changes. */
function updateRatioOf(e: Evidence, lnGradient: number, value: Tensor): number | null {
  const size = norm(value.data);
  return e.curvature === undefined || size === 0 ? null : lnGradient + Math.log(e.curvature.learningRate) - Math.log(size);
}

/** Returns what half precision would lose of all gradients together, as the findings state it. */
function halfPrecision(e: Evidence): CheckRecord["precision"] {
  const found = precisionOf(e);
  if (found === undefined || e.verdict.decision === "non-finite") return null;
  const { log2LossScale, lostFloat16, lostBfloat16 } = found;
  const lossScale = Math.abs(log2LossScale) > 1022 ? null : 2 ** log2LossScale;
  return { lossScale, lnLossScale: log2LossScale * Math.LN2, lostFloat16, lostBfloat16 };
}
