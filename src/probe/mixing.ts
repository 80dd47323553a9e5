import type { Tensor } from "../graph/tensor.js";
import { isFloat } from "../graph/tensor.js";
import type { Bound } from "../passes/bind.js";
import { openGraph } from "../runtime/open-graph.js";
import type { GraphHost } from "../runtime/open-graph.js";
import type { Values } from "../runtime/runtime.js";
import type { Structure } from "../structure/types.js";
import { forwardGraph } from "./measurement.js";

/** Relative change of another example's Σx² above which it counts as influenced: far above rounding, far below the effect of a batch norm. */
const INFLUENCE = 1e-4;

/**
 * Tests by measurement whether examples influence each other in the forward pass, as in training-mode BatchNormalization. The first and the last example are
 * replaced, and the others' activations at the blocks' boundaries are compared. (Of two examples each is replaced in turn, because rows may be time steps,
 * of which only later ones depend on earlier ones.) Undefined with fewer than two examples. Errors: `memory/limit`, `runtime/…`.
 */
export async function examplesMix(
  bound: Bound,
  structure: Structure,
  examples: number,
  feeds: Values,
  host: GraphHost,
): Promise<boolean | undefined> {
  if (examples < 2) return undefined;
  const forward = forwardGraph(bound, structure, examples);
  const needed = new Set(forward.graph.inputs.map((i) => i.name));
  const own = new Map([...feeds].filter(([name]) => needed.has(name)));
  const executable = await openGraph(forward.graph, host);
  try {
    const read = async (given: Values): Promise<readonly (readonly number[])[]> => {
      const values = await executable.run(given, new Map());
      return forward.read((name) => values.get(name)!).map((a) => a.lnSquares);
    };
    const before = await read(own);
    for (const rows of examples === 2 ? [[0], [1]] : [[0, examples - 1]]) {
      const after = await read(new Map([...own].map(([name, t]) => [name, replaced(t, examples, rows)])));
      // Where it was NaN before, a change cannot be seen.
      const differs = (v: number, w: number): boolean => !Number.isNaN(v) && v !== w && !(Math.abs(v - w) <= INFLUENCE);
      const changed = (row: readonly number[], i: number): boolean =>
        row.length === examples && row.some((v, e) => !rows.includes(e) && differs(v, after[i]![e]!));
      if (before.some(changed)) return true;
    }
    return false;
  } finally {
    await executable.dispose();
  }
}

/** The tensor with some rows replaced: floats x by −2x + ½, integers by those of the row before. */
function replaced(t: Tensor, examples: number, rows: readonly number[]): Tensor {
  if (t.shape[0] !== examples) return t;
  const size = t.data.length / examples;
  const data = t.data.slice();
  for (const e of rows) {
    const other = size * ((e + examples - 1) % examples);
    for (let i = 0; i < size; i++) data[e * size + i] = isFloat(t.dtype) ? -2 * t.data[e * size + i]! + 0.5 : t.data[other + i]!;
  }
  return { ...t, data };
}
