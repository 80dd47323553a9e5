import { formatType } from "../../graph/tensor.js";
import type { DecomposeContext, Port } from "../op.js";

// A sequence is a list of value names that is known while a network is bound. Ops on sequences make and read such lists and append nothing
// where they only move elements.

/** A sequence. */
export const sequence: Port = { sequence: "only" };

/** Returns the elements of an input. */
export function elementsOf<I extends string>(c: DecomposeContext<I>, port: I): readonly string[] {
  return c.b.sequences.get(c.x[port]) ?? c.fail(`its input "${port}" is not a sequence`);
}

/** Returns a sequence of these elements, which must be of one element type. */
export function sequenceOf<I extends string>(c: DecomposeContext<I>, elements: readonly string[]): string {
  const { b } = c;
  const other = elements.find((e) => b.dtype(e) !== b.dtype(elements[0]!));
  if (other !== undefined)
    c.fail("its sequence would hold different element types", { received: `${formatType(b.type(elements[0]!))} and ${formatType(b.type(other))}` });
  return b.sequence(elements);
}

/** Returns an index into `count` elements, counted from the end when negative; undefined when the input is omitted. `behind` allows the index `count`. */
export function positionOf<I extends string>(c: DecomposeContext<I>, port: I, count: number, behind = 0): number | undefined {
  if (!c.has(port)) return undefined;
  const { data } = c.constant(port);
  const given = data[0] ?? NaN;
  const at = given < 0 ? given + count : given;
  if (data.length !== 1 || !Number.isInteger(at) || at < 0 || at >= count + behind)
    c.fail(`its position is outside a sequence of ${count} elements`, { received: `[${Array.from(data.subarray(0, 4)).join(", ")}]` });
  return at;
}
