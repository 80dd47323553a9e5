import type { ClippingRule } from "../clipping-rule.js";
import { normOfAll } from "../shared/norms.js";
import { factorTo, shareOf } from "../shared/shares.js";

/** Bounds the norm of all gradients together. */
export const norm: ClippingRule = {
  name: "norm",
  summary:
    "All gradients are multiplied by min(1, C/(‖g‖ + 10⁻⁶)), where ‖g‖ is the norm of all together (Pascanu, Mikolov & Bengio 2013, in the form that PyTorch has).",
  apply: (b, parameters, bound) => {
    const all = normOfAll(
      b,
      parameters.map((p) => p.gradient),
    );
    const factor = factorTo(b, all, bound);
    return {
      gradients: parameters.map(({ gradient }) => b.mul(gradient, factor)),
      share: shareOf(b, [b.less(factor, b.scalar(1, factor))], b.dtype(factor)),
    };
  },
};
