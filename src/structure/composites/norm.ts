import type { NormKind } from "../types.js";
import type { Composite, Pattern, Region } from "./region.js";
import { plainNodes } from "./region.js";

const MEANS: ReadonlySet<string> = new Set(["ReduceMean", "ReduceSum", "GlobalAveragePool"]);

/**
 * Recognises normalisations that are written out in elementary ops, (x − mean)/√(var + ε) and x/√(mean x² + ε), by the axes of their statistics. The
 * centring x − mean alone is marked `Centre`: `centredThenScaled` merges it with a division that follows.
 */
export const writtenNorm: Pattern = (region): Composite | undefined => {
  const nodes = plainNodes(region);
  if (!nodes.some((n) => MEANS.has(n.op))) return undefined;
  const root = nodes.some((n) => n.op === "Sqrt" || (n.op === "Pow" && Math.abs(region.constant(n.inputs[1] ?? "")?.data[0] ?? 0) === 0.5));
  const centred = nodes.some((n) => n.op === "Sub");
  const last = nodes[nodes.length - 1]!;
  if (!root)
    return centred && last.op === "Sub" && last.inputs.includes(region.entry) && nodes.every((n) => MEANS.has(n.op) || n.op === "Sub")
      ? { op: "Centre", kind: "activation" }
      : undefined;
  const kind = normOfAxes(region);
  if (kind === undefined || nodes.some((n) => n.op === "Exp" || n.op === "Concat")) return undefined;
  return centred ? { op: `${kind}-norm`, kind: "norm", norm: kind } : { op: "rms-norm", kind: "norm", norm: "rms" };
};

/** The kind of norm whose statistics a region computes, by the axes of its means; undefined where there are none. */
export function normOfAxes(region: Region): NormKind | undefined {
  const full = region.shape(region.entry);
  const axes = new Set<number>();
  for (const n of plainNodes(region)) {
    if (!MEANS.has(n.op)) continue;
    const listed = region.constant(n.inputs[1] ?? "")?.data;
    const from = region.shape(n.inputs[0]!);
    const to = region.shape(n.outputs[0]!);
    if (n.op === "GlobalAveragePool") from.forEach((_, d) => d >= 2 && axes.add(d));
    else if (listed) for (const a of listed) axes.add(a < 0 ? a + from.length : a);
    else full.forEach((_, d) => (to[d] ?? 1) === 1 && axes.add(d));
  }
  return kindOfAxes(axes, full.length);
}

function kindOfAxes(axes: ReadonlySet<number>, rank: number): NormKind | undefined {
  if (axes.size === 0) return undefined;
  if (axes.has(0)) return axes.has(1) && rank > 2 ? "layer" : "batch";
  if (rank >= 4 && !axes.has(1) && axes.size === rank - 2) return "instance";
  return "layer";
}
