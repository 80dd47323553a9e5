import type { Graph, Node } from "../../graph/graph.js";
import { bytesOf, sizeOf } from "../../graph/tensor.js";
import { traitsOf } from "../../ops/registry.js";

/** What the kernel of a convolution takes at most where it works on pieces of its columns: a few hundred KB for each thread. */
const SEGMENTS = 2 ** 23;

/**
 * Returns the bytes that a kernel of onnxruntime allocates for itself. A transposed convolution writes the columns of one image (channels × taps of the
 * kernel, at every position of its input) as a whole; a forward one does so only where it has more filters than positions, as one with a kernel as large as
 * its map.
 */
export function workspaceOf(graph: Graph, node: Node): number {
  const { convolves } = traitsOf(node);
  if (convolves === undefined) return 0;
  const [x, w, y] = [node.inputs[0]!, node.inputs[1]!, node.outputs[0]!].map((v) => graph.types.get(v)!);
  const element = bytesOf({ dtype: x!.dtype, shape: [] });
  const positions = (shape: readonly number[]): number => sizeOf(shape.slice(2));
  const columns = sizeOf(w!.shape.slice(1)) * element;
  if (convolves === "transposed") return columns * positions(x!.shape);
  const outputs = positions(y!.shape);
  return w!.shape[0]! > outputs ? columns * outputs : SEGMENTS;
}
