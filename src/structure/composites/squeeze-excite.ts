import { sizeOf } from "../../graph/tensor.js";
import type { ViewNode } from "../node-kind.js";
import type { Pattern } from "./region.js";

const GATES: ReadonlySet<string> = new Set(["Sigmoid", "HardSigmoid", "Clip", "Softmax", "Tanh", "Relu"]);

/** Recognises x·gate(x), where the gate has fewer elements than x: squeeze-excite over channels, and spatial attention of the same form. */
export const squeezeExcite: Pattern = (region) => {
  const last = region.nodes[region.nodes.length - 1]!;
  if (last.kind !== "mul") return undefined;
  const maker = new Map<string, ViewNode>();
  for (const n of region.nodes) for (const o of n.outputs) maker.set(o, n);
  /** The value before nodes that only move, scale or shift it. */
  const bare = (v: string): string => {
    let node = maker.get(v);
    while (node && node !== last && (node.kind === "layout" || node.kind === "scale" || node.kind === "shift") && new Set(node.inputs).size === 1) {
      v = node.inputs[0]!;
      node = maker.get(v);
    }
    return v;
  };
  const [a, b] = last.inputs.map(bare);
  const gate = a === region.entry ? b : b === region.entry ? a : undefined;
  if (gate === undefined || gate === region.entry) return undefined;
  const from = maker.get(gate);
  if (!from || !GATES.has(from.op)) return undefined;
  // Shares of all positions that are computed from each of them are those of a pooling by attention.
  if (from.op === "Softmax" && !region.nodes.some((n) => n.kind === "pool")) return undefined;
  return sizeOf(region.shape(gate)) < sizeOf(region.shape(region.entry)) ? { op: "SqueezeExcite", kind: "excite" } : undefined;
};
