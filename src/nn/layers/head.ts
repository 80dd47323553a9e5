import type { Net } from "../net.js";
import { linear } from "./affine.js";
import { globalPool } from "./pool.js";
import { preparation, sequence } from "./sequence.js";
import type { Filling } from "./sequence.js";
import { constant } from "../init/fill.js";

/**
 * A linear layer to the classes: maps are averaged before it, and what a pre-activated branch would begin with comes first. Fixup begins it at 0.
 * Without classes (null) the trunk is the output.
 */
export function head(net: Net, x: string, classes: number | null, prepare?: { readonly branch: string; readonly filling: Filling }): string {
  if (classes === null) return x;
  return net.within("head", () => {
    const ready = prepare ? sequence(net, x, preparation(prepare.branch), prepare.filling) : x;
    const flat = net.b.shape(ready).length === 4 ? globalPool(net, ready) : ready;
    return linear(net, flat, classes, net.init.scheme === "fixup" ? { fill: () => constant(0) } : {});
  });
}
