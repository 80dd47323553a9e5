import type { Node } from "../../graph/graph.js";
import type { BatchNorm } from "../../passes/batch-norms.js";
import { traitsOf } from "../../ops/registry.js";
import type { Evidence } from "../evidence.js";

/** Statistics over fewer values per channel than this are noise; fewer examples than this are worth a remark. */
export const FEW = { values: 8, examples: 4 } as const;

/** Returns every BatchNormalization that runs. */
export const batchNorms = (e: Evidence): readonly BatchNorm[] => e.bound.batchNorms;

/** Parts of a network that are built without norms by hardly anybody, though they prove nothing. */
export interface BareParts {
  /** Convolutions, and those with a bias. */
  readonly convolutions: number;
  readonly biased: number;
  /** Residual blocks of convolutions. */
  readonly bareResidual: number;
  /** Depthwise convolutions. */
  readonly depthwise: number;
}

/** Fewer convolutions than this are no convolutional network. */
const FEWEST = 4;

/**
 * Looks for signs that norms may have been folded away without a trace: no norm at all, biases on at least nine of ten convolutions, and depthwise
 * convolutions or residual blocks with convolutions on their shortcuts. Residual blocks alone are no sign: networks for super-resolution have them without norms.
 */
export function barePartsOf(e: Evidence): BareParts | undefined {
  const { blocks } = e.structure;
  const convolutions = e.bound.graph.nodes.filter((n) => n.origin?.role !== "loss" && isConvolution(n));
  const biased = convolutions.filter((n) => (n.inputs[2] ?? "") !== "");
  if (e.bound.batchNorms.length > 0 || blocks.some((b) => b.norms.length > 0)) return undefined;
  if (convolutions.length < FEWEST || biased.length < 0.9 * convolutions.length) return undefined;
  const of = new Map(e.bound.graph.nodes.map((n) => [n.name, n]));
  const residual = blocks.filter((b) => b.kind === "residual" && b.nodes.some((n) => isConvolution(of.get(n)!)));
  const projections = residual.filter((b) => b.skip === "projection").length;
  const depthwise = convolutions.filter((n) => groupsOf(n) > 1 && groupsOf(n) === channelsOf(e, n)).length;
  return projections < 2 && depthwise < 2
    ? undefined
    : { convolutions: convolutions.length, biased: biased.length, bareResidual: projections < 2 ? 0 : residual.length, depthwise };
}

const isConvolution = (n: Node): boolean => traitsOf(n).convolves === "forward";
const groupsOf = (n: Node): number => (n.attrs["group"] as number | undefined) ?? 1;
const channelsOf = (e: Evidence, n: Node): number => e.bound.graph.types.get(n.inputs[0]!)?.shape[1] ?? 0;
