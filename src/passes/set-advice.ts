import type { GraphBuilder } from "../graph/builder.js";
import { isFloat, sizeOf } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { list } from "../util/format.js";

/**
 * Returns an error that names the inputs of the network to fix with --set, where what had to be known before the run (`ErrorParts.value`) depends on flags, integers or
 * single numbers among them; else the error as it is.
 */
export function withSettableInputs(error: unknown, b: GraphBuilder): unknown {
  if (!(error instanceof IsogradError) || error.parts.value === undefined) return error;
  const producer = new Map(b.nodes.flatMap((n) => n.outputs.map((o) => [o, n] as const)));
  const reached = new Set([error.parts.value]);
  for (const v of reached) for (const from of producer.get(v)?.inputs ?? []) reached.add(from);
  const settable = b.inputs
    .map((i) => i.name)
    .filter((name) => {
      const { dtype, shape } = b.type(name);
      return reached.has(name) && (!isFloat(dtype) || sizeOf(shape) === 1);
    });
  if (settable.length === 0) return error;
  const fix = `export the network with fixed shapes, or fix ${list(settable.map((s) => `"${s}"`))}, on which it depends, for example with --set ${settable[0]!}=1`;
  return new IsogradError(error.code, error.what, { ...error.parts, fix });
}
