import type { Graph } from "../../graph/graph.js";
import { withoutDeadCode } from "../../passes/order.js";
import type { Kernels } from "../planned.js";
import { fuseTransposes } from "./fused-matmul.js";
import { hasKernel, hasOnlyEmptyOutputs, mayTrap } from "./kernels.js";
import { simplifyTransposes } from "./simplify-transposes.js";
import { fuseSumSquares } from "./sum-squares.js";

/**
 * Lowers a graph to ops that onnxruntime's CPU kernels compute faster, with the same values. It is applied after all
 * differentiation, and never to graphs that are written to files.
 */
export function lowerForNode(graph: Graph): Graph {
  return simplifyTransposes(withoutDeadCode(fuseSumSquares(fuseTransposes(graph))));
}

/** The CPU kernels of onnxruntime-node. */
export const NATIVE: Kernels = {
  arithmetic: "native",
  lower: lowerForNode,
  executes: (graph, node) => hasKernel(graph, node) && !mayTrap(graph, node) && !hasOnlyEmptyOutputs(graph, node),
};
