import { constant, normal } from "../init/fill.js";
import type { Fans, Fill } from "../init/fill.js";
import type { Net } from "../net.js";
import { activate } from "./activation.js";
import type { Activation } from "./activation.js";
import { affine } from "./affine.js";
import type { Padding } from "./affine.js";

/**
 * Appends a highway layer y = T·φ(Wx + b) + (1 − T)·x with the gate T = σ(W_T·x + b_T), in the shape of x; W and W_T are 3×3 convolutions for
 * maps. b_T is `gateBias` at initialisation (Srivastava, Greff & Schmidhuber 2015).
 */
export function highwayLayer(
  net: Net,
  x: string,
  o: { readonly activation: Activation; readonly gateBias: number; readonly gateVariance?: number | undefined; readonly padding?: Padding },
): string {
  const { b } = net;
  const out = b.shape(x)[1]!;
  const padding = o.padding ?? "zeros";
  const { gateVariance } = o;
  const fill =
    gateVariance === undefined ? {} : { fill: (fans: Fans): Fill => (gateVariance === 0 ? constant(0) : normal(Math.sqrt(gateVariance / fans.in))) };
  const h = net.within("transform", () => activate(net, affine(net, x, out, { padding }), o.activation));
  const t = net.within("gate", () => b.op("Sigmoid", [affine(net, x, out, { padding, biasFill: constant(o.gateBias), ...fill })]));
  return b.add(b.mul(h, t), b.mul(x, b.sub(b.scalar(1, t), t)));
}
