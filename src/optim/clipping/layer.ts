import type { ClippingRule } from "../clipping-rule.js";
import { normOfAll } from "../shared/norms.js";
import { factorTo, shareOf } from "../shared/shares.js";

/** Bounds the norm of each parameter's gradient. */
export const layer: ClippingRule = {
  name: "layer",
  summary: "The gradient of each parameter is multiplied by min(1, C/(‖g‖ + 10⁻⁶)), where ‖g‖ is its own norm.",
  apply: (b, parameters, bound) => {
    const factors = parameters.map(({ gradient }) => factorTo(b, normOfAll(b, [gradient]), bound));
    return {
      gradients: parameters.map(({ gradient }, i) => b.mul(gradient, factors[i]!)),
      share: shareOf(
        b,
        factors.map((f) => b.less(f, b.scalar(1, f))),
        b.dtype(factors[0]!),
      ),
    };
  },
};
