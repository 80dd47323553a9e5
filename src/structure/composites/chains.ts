import type { ViewNode } from "../node-kind.js";
import type { NormKind } from "../types.js";

/** The graph as patterns of consecutive nodes read it. */
export interface ChainContext {
  shape(value: string): readonly number[];
  /** The only node that uses a value; undefined where there are several, or it is an output of the graph. */
  onlyUser(value: string): ViewNode | undefined;
  /** The norm to which a centring belongs if a division by the root mean square follows it, by its axes. */
  normOfCentring(node: ViewNode): NormKind | undefined;
}

/** Recognises a sequence of nodes that begins with `first`, and returns the one node that replaces it; undefined where it does not match. */
export type ChainPattern = (
  first: ViewNode,
  c: ChainContext,
) => { readonly nodes: readonly ViewNode[]; readonly as: Pick<ViewNode, "op" | "kind" | "norm" | "inference"> } | undefined;

/** Recognises a norm as x − mean(x) followed by a division by its root mean square. */
export const centredThenScaled: ChainPattern = (first, c) => {
  if (first.op !== "Centre") return undefined;
  const second = c.onlyUser(first.outputs[0]!);
  if (second?.norm !== "rms") return undefined;
  const kind = c.normOfCentring(first);
  return kind && { nodes: [first, second], as: { op: `${kind}-norm`, kind: "norm", norm: kind } };
};

/** Recognises a group norm as exporters write it: Reshape to groups of channels, a norm over the other axes, Reshape back. */
export const groupNorm: ChainPattern = (first, c) => {
  if (first.op !== "Reshape") return undefined;
  const [before, grouped] = [c.shape(first.inputs[0]!), c.shape(first.outputs[0]!)];
  const norm = c.onlyUser(first.outputs[0]!);
  if (norm?.kind !== "norm" || norm.norm === "batch" || before[0] !== grouped[0] || before.length < 3 || before[1] === grouped[1]) return undefined;
  const back = c.onlyUser(norm.outputs[0]!);
  if (back?.op !== "Reshape" || c.shape(back.outputs[0]!).join() !== before.join()) return undefined;
  return { nodes: [first, norm, back], as: { op: "group-norm", kind: "norm", norm: "group", inference: norm.inference ?? false } };
};

/** Recognises ShuffleNet's channel shuffle: Reshape to groups of channels, Transpose, Reshape back. */
export const channelShuffle: ChainPattern = (first, c) => {
  if (first.op !== "Reshape") return undefined;
  const before = c.shape(first.inputs[0]!);
  if (c.shape(first.outputs[0]!).length !== before.length + 1) return undefined;
  const swap = c.onlyUser(first.outputs[0]!);
  if (swap?.op !== "Transpose") return undefined;
  const perm = swap.nodes[0]!.attrs["perm"];
  if (!Array.isArray(perm) || perm.some((p, i) => p !== (i === 1 ? 2 : i === 2 ? 1 : i))) return undefined;
  const back = c.onlyUser(swap.outputs[0]!);
  if (back?.op !== "Reshape" || c.shape(back.outputs[0]!).join() !== before.join()) return undefined;
  return { nodes: [first, swap, back], as: { op: "ChannelShuffle", kind: "layout" } };
};

/** Adds the factor and offset per channel that follow a written-out norm to it. */
export const normAffine: ChainPattern = (first, c) => {
  if (first.kind !== "norm" || !first.op.endsWith("-norm")) return undefined;
  const scale = c.onlyUser(first.outputs[0]!);
  if (scale?.op !== "Mul" || scale.kind !== "scale") return undefined;
  const shift = c.onlyUser(scale.outputs[0]!);
  const nodes = shift?.op === "Add" && shift.kind === "shift" ? [first, scale, shift] : [first, scale];
  return { nodes, as: { op: first.op, kind: "norm", ...(first.norm ? { norm: first.norm } : {}), inference: first.inference ?? false } };
};
