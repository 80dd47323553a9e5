import type { Graph, Node } from "../../graph/graph.js";
import { isGraph } from "../../graph/graph.js";
import { traitsOf } from "../../ops/registry.js";
import type { BatchNorm } from "../../passes/batch-norms.js";
import type { Evidence } from "../evidence.js";

/** Statistics over fewer values per channel than this are noise; fewer examples than this are worth a remark. */
export const FEW = { values: 8, examples: 4 } as const;

/** Returns every BatchNormalization that runs. */
export const batchNorms = (e: Evidence): readonly BatchNorm[] => e.bound.batchNorms;

/** Returns how many of the file's BatchNormalizations hold the statistics that they began with: mean 0 and variance 1. */
export const untouchedStatistics = (e: Evidence): number => e.bound.batchNorms.filter((n) => n.untouched).length;

/** What tells that a file's BatchNorms were folded into its convolutions. */
export interface FoldedNorms {
  readonly convolutions: number;
  readonly biased: number;
  /** Names that folding leaves behind: weights that the exporter had to name, or words of a norm that is not there. */
  readonly traces: readonly string[];
  /** Residual blocks with convolutions and no norm, and depthwise convolutions: built without norms by hardly anybody. */
  readonly bareResidual: number;
  readonly depthwise: number;
}

/** Names that exporters give to weights they computed, and what is left of a norm's name. */
const COMPUTED = /^(onnx::\w+_\d+|\d+)$/;
const REMNANT = /batch_?norm|fused_bn|bn_?fusion|(^|[._/])bn_?\d*([._/:]|$)/i;
const FEWEST = 4;

/**
 * Looks for signs of folded norms: no BatchNormalization and no other norm, biases on at least nine of ten convolutions, and either names that
 * folding leaves or blocks that are hardly ever built without norms. A plain chain of biased convolutions, as VGG was before BatchNorm, is not taken for one.
 */
export function foldedNorms(e: Evidence): FoldedNorms | undefined {
  const nodes = allNodes(e.bound.model.graph);
  if (nodes.some(isBatchNorm) || e.structure.blocks.some((b) => b.norms.length > 0)) return undefined;
  const convolutions = nodes.filter(isConvolution);
  const biased = convolutions.filter((n) => (n.inputs[2] ?? "") !== "");
  if (convolutions.length < FEWEST || biased.length < 0.9 * convolutions.length) return undefined;
  const computed = biased.filter((n) => COMPUTED.test(n.inputs[1]!) && COMPUTED.test(n.inputs[2]!)).map((n) => n.inputs[1]!);
  const remnants = biased.flatMap((n) => [n.name, ...n.inputs.slice(1), ...n.outputs].filter((v) => REMNANT.test(v)).slice(0, 1));
  const traces = [...(2 * computed.length >= biased.length ? computed : []), ...remnants];
  const of = new Map(e.bound.graph.nodes.map((n) => [n.name, n]));
  const bareResidual = e.structure.blocks.filter((b) => b.kind === "residual" && b.nodes.some((n) => isConvolution(of.get(n)!))).length;
  const depthwise = e.bound.graph.nodes.filter((n) => isConvolution(n) && groupsOf(n) > 1 && groupsOf(n) === channelsOf(e, n)).length;
  if (traces.length === 0 && bareResidual < 2 && depthwise < 2) return undefined;
  return { convolutions: convolutions.length, biased: biased.length, traces, bareResidual, depthwise };
}

const isBatchNorm = (n: Node): boolean => traitsOf(n).norm === "batch";
const isConvolution = (n: Node): boolean => traitsOf(n).convolves === "forward";
const groupsOf = (n: Node): number => (n.attrs["group"] as number | undefined) ?? 1;
const channelsOf = (e: Evidence, n: Node): number => e.bound.graph.types.get(n.inputs[0]!)?.shape[1] ?? 0;

function allNodes(graph: Graph): readonly Node[] {
  const found: Node[] = [];
  const stack = [graph];
  while (stack.length > 0) {
    for (const n of stack.pop()!.nodes) {
      found.push(n);
      for (const a of Object.values(n.attrs)) if (isGraph(a)) stack.push(a);
    }
  }
  return found;
}

/** Tells whether all BatchNormalizations of the file, one at least, run in inference mode. */
export function inferenceOnly(e: Evidence): boolean {
  const norms = batchNorms(e);
  return norms.length > 0 && norms.every((n) => !n.training);
}
