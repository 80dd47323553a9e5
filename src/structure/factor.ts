import { traitsOf } from "../ops/registry.js";
import type { ValueReader } from "./link.js";
import type { ViewNode } from "./node-kind.js";

/** Whether a sum takes away the summand at position `i` of its activations. */
export function takesAway(n: ViewNode, i: number): boolean {
  if (traitsOf(n).arithmetic !== "difference") return false;
  // Of one activation and a constant, the place in the node tells.
  return n.inputs.length > 1 ? i > 0 : n.nodes[0]!.inputs[1] === n.inputs[i];
}

/**
 * The factor of a scale node: of a vector the common value, or else the root mean square (null where `uniform` asks for one number); null where its values
 * are not stored in the file.
 */
export function factorOf(n: ViewNode, read: ValueReader, uniform: boolean = false): number | null {
  const { arithmetic } = traitsOf(n);
  if (arithmetic === "negative") return -1;
  if (n.nodes.length !== 1) return null;
  const other = n.nodes[0]!.inputs.find((v) => !n.inputs.includes(v));
  const data = other === undefined ? undefined : read(other);
  if (!data || data.length === 0) return null;
  let [squares, same] = [0, true];
  for (let i = 0; i < data.length; i++) {
    squares += data[i]! ** 2;
    same &&= data[i] === data[0];
  }
  if (uniform && !same) return null;
  const value = same ? data[0]! : Math.sqrt(squares / data.length);
  return arithmetic === "quotient" ? 1 / value : value;
}
