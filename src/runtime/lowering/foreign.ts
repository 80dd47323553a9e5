import type { Node } from "../../graph/graph.js";
import type { AttrSpec } from "../../ops/op.js";
import { FUSED_MATMUL } from "./fused-matmul.js";

/** Returns the attribute kinds of an op of onnxruntime that lowering introduces; undefined for other ops. */
export function foreignAttrs(node: Node): Readonly<Record<string, AttrSpec>> | undefined {
  return node.domain === "com.microsoft" && node.op === "FusedMatMul" ? FUSED_MATMUL : undefined;
}
