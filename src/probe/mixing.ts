import type { Tensor } from "../graph/tensor.js";
import { isFloat } from "../graph/tensor.js";
import type { Bound } from "../passes/bind.js";
import type { Runtime, Values } from "../runtime/runtime.js";
import type { Structure } from "../structure/types.js";
import { forwardGraph } from "./measurement.js";

/** Relative change of another example's Σx² beyond which it counts as influenced: far above rounding, far below what a batch norm does. */
const INFLUENCE = 1e-4;

/**
 * Whether examples influence each other on the way forward (training-mode BatchNormalization does it): measured, not inferred. The
 * first example is replaced and the others' activations at the blocks' boundaries are compared. Undefined with fewer than two examples.
 */
export async function examplesMix(
  bound: Bound,
  structure: Structure,
  examples: number,
  feeds: Values,
  runtime: Runtime,
): Promise<boolean | undefined> {
  if (examples < 2) return undefined;
  const forward = forwardGraph(bound, structure, examples);
  const needed = new Set(forward.graph.inputs.map((i) => i.name));
  const own = new Map([...feeds].filter(([name]) => needed.has(name)));
  const executable = await runtime.prepare(forward.graph);
  try {
    const read = async (given: Values): Promise<readonly (readonly number[])[]> => {
      const values = await executable.run(given);
      return forward.read((name) => values.get(name)!).map((a) => a.lnSquares);
    };
    const [before, after] = [await read(own), await read(new Map([...own].map(([name, t]) => [name, replaced(t, examples)])))];
    return before.some((row, i) => row.length === examples && row.some((v, e) => e > 0 && Math.abs(v - after[i]![e]!) > INFLUENCE));
  } finally {
    await executable.dispose();
  }
}

/** The tensor with its first row turned into another: floats mirrored and doubled, integers taken from the last row. */
function replaced(t: Tensor, examples: number): Tensor {
  if (t.shape[0] !== examples) return t;
  const row = t.data.length / examples;
  const data = t.data.slice();
  for (let i = 0; i < row; i++) data[i] = isFloat(t.dtype) ? -2 * t.data[i]! + 0.5 : t.data[t.data.length - row + i]!;
  return { ...t, data };
}
