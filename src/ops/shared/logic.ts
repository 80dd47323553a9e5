import { formatType } from "../../graph/tensor.js";
import type { ValueType } from "../../graph/tensor.js";
import type { InferContext } from "../op.js";
import { broadcastAll } from "./elementwise.js";

/** Infers the output type of And, Or, Xor and Not: boolean inputs, broadcast together. */
export function inferLogical(c: InferContext): readonly ValueType[] {
  for (const t of c.types) if (t && t.dtype !== "bool") c.fail("its input is not boolean", { received: formatType(t) });
  return broadcastAll(c);
}
