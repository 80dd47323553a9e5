import type { Net } from "../net.js";
import { linear } from "./affine.js";
import { globalPool } from "./pool.js";
import { preActivation, sequence } from "./sequence.js";
import type { LayerOptions } from "./sequence.js";
import { constant } from "../init/fill.js";

/**
 * Appends the last layer, linear: → [N, classes]. Maps are averaged over their positions before it. A network of pre-activated blocks gets the
 * norm and activation with which another branch would start (`prepare`). Fixup initialises the weights with 0. Without classes (null), x is returned.
 */
export function head(
  net: Net,
  x: string,
  classes: number | null,
  prepare?: { readonly branch: string; readonly layerOptions: LayerOptions },
): string {
  if (classes === null) return x;
  return net.within("head", () => {
    const ready = prepare ? sequence(net, x, preActivation(prepare.branch), prepare.layerOptions) : x;
    const flat = net.b.shape(ready).length === 4 ? globalPool(net, ready) : ready;
    return linear(net, flat, classes, net.init.scheme === "fixup" ? { fill: () => constant(0) } : {});
  });
}
