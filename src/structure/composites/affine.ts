import { factorOf, takesAway } from "../factor.js";
import { productOf, sumOf } from "../multiple.js";
import type { Multiple } from "../multiple.js";
import type { Region } from "./region.js";

/** The multiple of its entry that a region computes, such as ½ for x − ½(x − 3); undefined where it does more than that and adding constants, or computes none. */
export function multipleOf(region: Region): Multiple | undefined {
  const of = new Map<string, Multiple>([[region.entry, 1]]);
  for (const n of region.nodes) {
    if (n.kind !== "add" && n.kind !== "shift" && n.kind !== "scale") return undefined;
    const terms = n.inputs.map((v, i) => productOf(of.get(v) ?? 0, takesAway(n, i) ? -1 : 1));
    const factor = n.kind === "scale" ? (factorOf(n, (v) => region.constant(v)?.data, true) ?? "unknown") : 1;
    for (const o of n.outputs) of.set(o, productOf(sumOf(terms), factor));
  }
  // What is taken away altogether is no multiple.
  const found = of.get(region.exit);
  return found === 0 ? undefined : found;
}
