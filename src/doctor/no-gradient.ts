import { producers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import type { Parameter } from "../passes/parameters.js";
import type { Block } from "../structure/types.js";
import type { Evidence, FindingRule } from "./evidence.js";
import type { Finding } from "./finding.js";
import { WHOLE } from "./shared/module-path.js";
import { percent, plural, some } from "./shared/words.js";

/** Parameters, or examples, that no gradient reaches. */
export const noGradient: FindingRule = {
  id: "no-gradient",
  examine: (c) => {
    if (c.nonFinite || c.measurements.length === 0) return [];
    const findings: Finding[] = [];
    const first = c.measurements[0]!.parameters;
    const apart = first.filter((p) => !p.parameter.reaches).map((p) => p.parameter.name);
    if (apart.length > 0) {
      findings.push({
        rule: "no-gradient",
        severity: "info",
        where: some(apart),
        evidence: `${plural(apart.length, "parameter")} of ${first.length} with no differentiable path to the loss`,
        why: "They only feed other outputs, or reach the loss through something without a derivative (a comparison, an index, a rounding).",
        remedy: "Nothing, if they serve another output; check that output with --output. Otherwise replace what cuts the path.",
      });
    }
    const still = first.filter(
      (p, i) => p.parameter.reaches && !isData(c, p.parameter) && c.measurements.every((m) => m.parameters[i]!.lnGradient === -Infinity),
    );
    const shut = still.length > 0 ? waitingIn(c, first) : new Set<string>();
    const waiting = still.filter((p) => shut.has(p.parameter.name));
    const lost = still.filter((p) => !waiting.includes(p));
    if (waiting.length > 0) {
      findings.push({
        rule: "no-gradient",
        severity: "info",
        where: some(waiting.map((p) => p.parameter.name)),
        evidence: `the gradients of ${plural(waiting.length, "parameter")} are exactly zero, in blocks that a zero weight or scale starts shut`,
        why: "A branch that starts at zero passes nothing back to its own weights; the first step moves the factor at its end, and then they learn.",
        remedy: "Nothing: that is what a zero start is for.",
      });
    }
    const closed = lost.length > 0 ? zeroHead(c, first) : [];
    if (closed.length > 0) {
      findings.push({
        rule: "no-gradient",
        severity: "info",
        where: some(closed),
        evidence: `the gradients of ${plural(lost.length, "parameter")} of ${first.length} are exactly zero: what comes after them is multiplied by ${some(closed)}, which is zero`,
        why: "A head that starts at zero passes nothing back; the first step moves it, and then the others learn. Until then there is no profile to judge.",
        remedy:
          "For training, nothing. For a check-up put weights from after the first step into the file (--weights), or give the head small random values.",
      });
      return findings;
    }
    if (lost.length > 0) {
      findings.push({
        rule: "no-gradient",
        severity: "warning",
        where: some(lost.map((p) => p.parameter.name)),
        evidence: `the gradients of ${plural(lost.length, "parameter")} of ${first.length} are exactly zero, although a path leads to the loss`,
        why: "Every path from them passes something whose derivative is zero on this batch: dead units, clipped values, a norm over one value, rows that are never looked up, or a loss that has reached its limit.",
        remedy: "Look at the dead and saturated units behind them; try a larger batch. Frozen on purpose, they are in order.",
      });
    }
    if (c.zeroExamples > 0 && c.zeroExamples <= c.examples) {
      const share = c.zeroExamples / c.examples;
      findings.push({
        rule: "no-gradient",
        severity: share > 0.5 ? "warning" : "info",
        where: WHOLE,
        evidence: `${c.zeroExamples} of ${plural(c.examples, "example")} (${percent(share)}) have a gradient of exactly zero; the profile is that of the others`,
        why: "Their labels are ignored, the loss is flat where they are (probabilities rounded to 1, a hinge that is satisfied), or all units on their way are dead.",
        remedy: "Check the labels. Examples that are learnt to the last bit cost time and teach nothing.",
      });
    }
    return findings;
  },
};

/**
 * The parameters that stand in blocks which something zero keeps shut: a factor or weight at the end of a branch that gets a gradient itself,
 * as zero-initialised branches have.
 */
function waitingIn(c: Evidence, readings: Evidence["measurements"][number]["parameters"]): ReadonlySet<string> {
  const zeros = new Set(readings.filter((r) => r.lnGradient > -Infinity && isZero(r.parameter)).map((r) => r.parameter.name));
  const found = new Set<string>();
  const makers = producers(c.bound.graph);
  const inside = new Set(c.structure.blocks.flatMap((b) => b.nodes));
  for (const block of c.structure.blocks) {
    const used = valuesOf(c.bound.graph, block, makers, inside);
    if (block.branchScale === 0 || [...used].some((v) => zeros.has(v))) for (const v of used) found.add(v);
  }
  return found;
}

/** The weights of the head that are zero and get a gradient themselves. */
function zeroHead(c: Evidence, readings: Evidence["measurements"][number]["parameters"]): readonly string[] {
  const head = new Set(c.structure.blocks.flatMap((b) => (b.role === "head" ? b.weights : [])));
  return readings
    .filter((r) => head.has(r.parameter.name) && r.lnGradient > -Infinity && r.parameter.value.shape.length > 1 && isZero(r.parameter))
    .map((r) => r.parameter.name);
}

/** Whether a float that is no weight but part of the computation: a Constant's value, or a mask of 0 and 1, or of 0 and something very negative. */
function isData(c: Evidence, { name, value }: Parameter): boolean {
  if (c.bound.candidates.get(name)?.constant === true) return true;
  const kinds = new Set<number>();
  for (let i = 0; i < value.data.length && kinds.size < 3; i++) kinds.add(value.data[i]!);
  const other = [...kinds].find((v) => v !== 0);
  return kinds.size === 2 && kinds.has(0) && (other === 1 || other! <= -1e4);
}

function isZero({ value }: Parameter): boolean {
  for (const v of value.data) if (v !== 0) return false;
  return value.data.length > 0;
}

/** What a block takes, directly or through nodes that depend on no activation (a transposed weight). */
function valuesOf(graph: Graph, block: Block, makers: ReadonlyMap<string, Node>, inside: ReadonlySet<string>): ReadonlySet<string> {
  const own = new Set(block.nodes);
  const stack = graph.nodes.filter((n) => own.has(n.name)).flatMap((n) => n.inputs);
  const seen = new Set<string>();
  while (stack.length > 0) {
    const v = stack.pop()!;
    if (seen.has(v)) continue;
    seen.add(v);
    const maker = makers.get(v);
    if (maker && !inside.has(maker.name)) stack.push(...maker.inputs);
  }
  return seen;
}
