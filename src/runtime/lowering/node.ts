import type { Graph, Node } from "../../graph/graph.js";
import type { AttrSpec } from "../../ops/op.js";
import { withoutDeadCode } from "../../passes/order.js";
import { FUSED_MATMUL, fuseTransposes } from "./fused-matmul.js";
import { fuseSumSquares } from "./sum-squares.js";
import { leanTransposes } from "./lean-transposes.js";

/**
 * Rewrites a graph for onnxruntime's native CPU kernels, after all differentiation: faster forms of the same values. What is
 * emitted as a file never passes through here.
 */
export function lowerForNode(graph: Graph): Graph {
  return leanTransposes(withoutDeadCode(fuseSumSquares(fuseTransposes(graph))));
}

/** Attribute kinds of the runtime's own ops that lowering introduces. */
export function foreignAttrs(node: Node): Readonly<Record<string, AttrSpec>> | undefined {
  return node.domain === "com.microsoft" && node.op === "FusedMatMul" ? FUSED_MATMUL : undefined;
}
