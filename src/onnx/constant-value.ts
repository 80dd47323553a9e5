import type { Attr, Node } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";

/** The op of a value that the file writes as a node. It is no op of the registry: reading makes it an initializer. */
const CONSTANT = "Constant";

/** Returns the value of a Constant node, in any of the forms that ONNX allows; undefined for other nodes. */
export function constantValue(node: Node): Tensor | undefined {
  if (node.op !== CONSTANT || node.domain !== "") return undefined;
  const { value, value_float, value_floats, value_int, value_ints } = node.attrs;
  const list = (v: Attr): ArrayLike<number> => v as readonly number[];
  if (value !== undefined && typeof value === "object" && "data" in value) return value;
  if (value_float !== undefined) return { dtype: "float32", shape: [], data: new Float32Array([value_float as number]) };
  if (value_floats !== undefined) return { dtype: "float32", shape: [list(value_floats).length], data: new Float32Array(list(value_floats)) };
  if (value_int !== undefined) return { dtype: "int64", shape: [], data: new Float64Array([value_int as number]) };
  if (value_ints !== undefined) return { dtype: "int64", shape: [list(value_ints).length], data: new Float64Array(list(value_ints)) };
  const isText = node.attrs["value_string"] !== undefined || node.attrs["value_strings"] !== undefined;
  throw new IsogradError("op/unsupported", isText ? "Constant holds strings, and strings are not supported" : "Constant holds no dense tensor", {
    at: [node.name],
    fix: "export the network without it",
  });
}
