import type { Graph } from "../graph/graph.js";
import { isFloat, sameShape } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";

// Programs put a prefix before all names of a network: `module.` (data parallel), `_orig_mod.` (compiled), `model.` (Lightning, wrappers for the export).
// Which one a checkpoint has, and which one a file, follows from the names that fit.

/** How names of a checkpoint become names of initializers: the prefix `dropped` is cut off, and the prefix `added` put before what is left. */
export interface Renaming {
  readonly dropped: string;
  readonly added: string;
}

/** The renaming that fits best, and the prefixes under which the checkpoint holds the network just as well. */
export interface BestRenaming extends Renaming {
  readonly others: readonly string[];
}

interface Tally extends Renaming {
  /** Names that are initializers, and those of them that have the same shape. */
  names: number;
  shapes: number;
}

/** The most parts of a prefix. */
const PARTS = 6;

/** How the prefix of an averaged copy of the weights is called. Such a copy is used only where there is no other. */
const AVERAGED = /(^|[._])(ema|swa|averaged?|shadow|teacher)[._]/i;

/** PyTorch's count of batches that a BatchNorm has seen: ONNX has no place for it. */
export const isBatchCount = (name: string): boolean => /(^|\.)num_batches_tracked$/.test(name);

/** Returns the beginnings of a dotted name: "", "a.", "a.b." of a.b.c. */
function beginnings(name: string): string[] {
  const found = [""];
  for (let at = name.indexOf("."); at >= 0 && found.length <= PARTS; at = name.indexOf(".", at + 1)) found.push(name.slice(0, at + 1));
  return found;
}

/** Returns how many parts a prefix has. */
const parts = (prefix: string): number => prefix.split(".").length - 1;

/** Returns the last part of a prefix: "b." of "a.b.". */
const lastPart = (prefix: string): string => /[^.]*\.$/.exec(prefix)?.[0] ?? "";

/** Returns the float initializers that an exporter has left their names; those without a dot it usually made up. */
const namedWeights = (graph: Graph): string[] =>
  [...graph.initializers].flatMap(([n, t]) => (isFloat(t.dtype) && !graph.constants.has(n) && n.includes(".") ? [n] : []));

/**
 * Finds the prefixes that differ between a checkpoint and a network: those with which most weights are initializers of the same shape. All named weights of
 * the network have the added one. A dropped one that only a part of the checkpoint has counts where at least half of that part, or of the network's named
 * weights, fit. Undefined where no name fits.
 */
export function renamingOf(weights: ReadonlyMap<string, Tensor>, graph: Graph): BestRenaming | undefined {
  const names = [...weights.keys()].filter((n) => !isBatchCount(n));
  const named = namedWeights(graph);
  const added = beginnings(named[0] ?? "").filter((b) => named.every((n) => n.startsWith(b)));
  const tallies = new Map<string, Tally>();
  const under = new Map<string, number>();
  for (const name of names)
    for (const dropped of beginnings(name)) {
      under.set(dropped, (under.get(dropped) ?? 0) + 1);
      for (const a of added) {
        // With the last part on both sides, the same names fit as without it.
        if (a !== "" && lastPart(a) === lastPart(dropped)) continue;
        const own = graph.initializers.get(a + name.slice(dropped.length));
        if (!own) continue;
        const key = `${dropped} ${a}`;
        const tally = tallies.get(key) ?? { dropped, added: a, names: 0, shapes: 0 };
        tally.names++;
        if (sameShape(own.shape, weights.get(name)!.shape)) tally.shapes++;
        tallies.set(key, tally);
      }
    }
  const [best, ...rest] = [...tallies.values()]
    .filter(({ dropped, names: n }) => {
      const part = under.get(dropped)!;
      return part === names.length || 2 * n >= part || 2 * n >= named.length;
    })
    .sort(
      (a, b) =>
        b.shapes - a.shapes ||
        b.names - a.names ||
        Number(AVERAGED.test(a.dropped)) - Number(AVERAGED.test(b.dropped)) ||
        parts(a.dropped) + parts(a.added) - parts(b.dropped) - parts(b.added),
    );
  if (!best) return undefined;
  const others = rest.filter(
    (t) => t.shapes === best.shapes && t.shapes > 0 && !t.dropped.startsWith(best.dropped || " ") && !best.dropped.startsWith(t.dropped || " "),
  );
  return { dropped: best.dropped, added: best.added, others: [...new Set(others.map((t) => t.dropped.replace(/\.$/, "")).filter((p) => p !== ""))] };
}
