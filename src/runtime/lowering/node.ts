import type { Graph, Node } from "../../graph/graph.js";
import type { AttrSpec } from "../../ops/op.js";
import { withoutDeadCode } from "../../passes/order.js";
import { FUSED_MATMUL, fuseTransposes } from "./fused-matmul.js";
import { fuseSumSquares } from "./sum-squares.js";
import { simplifyTransposes } from "./simplify-transposes.js";

/**
 * Lowers a graph to ops that onnxruntime's CPU kernels compute faster, with the same values. It is applied after all
 * differentiation, and never to graphs that are written to files.
 */
export function lowerForNode(graph: Graph): Graph {
  return simplifyTransposes(withoutDeadCode(fuseSumSquares(fuseTransposes(graph))));
}

/** Returns the attribute kinds of an op of onnxruntime that lowering introduces; undefined for other ops. */
export function foreignAttrs(node: Node): Readonly<Record<string, AttrSpec>> | undefined {
  return node.domain === "com.microsoft" && node.op === "FusedMatMul" ? FUSED_MATMUL : undefined;
}
