import type { Node } from "../../graph/graph.js";
import type { UpgradeContext } from "../op.js";

/**
 * Before opset 13 Softmax, LogSoftmax and Hardmax flattened their input to two axes at `axis` (default 1) and normalised over
 * all trailing axes together: such nodes become our composite FlattenedSoftmax, which reshapes around today's op.
 */
export function upgradeSoftmax(u: UpgradeContext): Node {
  if (u.opset >= 13) return u.node;
  const axis = (u.node.attrs["axis"] as number | undefined) ?? 1;
  return { ...u.node, op: "FlattenedSoftmax", domain: "isograd", attrs: { axis, of: u.node.op } };
}
