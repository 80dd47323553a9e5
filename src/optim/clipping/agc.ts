import type { ClippingRule } from "../clipping-rule.js";
import { normOver } from "../shared/norms.js";
import { shareOf } from "../shared/shares.js";

/** The least norm of weights that counts: without it, weights that begin at zero would stay there. The least norm of a gradient that is divided by. */
const [LEAST_WEIGHT, LEAST_GRADIENT] = [1e-3, 1e-6];

/** Bounds the gradient of each unit by the size of its weights. */
export const agc: ClippingRule = {
  name: "agc",
  summary:
    "The gradient of each unit's weights w is held to ‖g‖ ≤ C·max(‖w‖, 10⁻³), but for the layer that makes the output (adaptive gradient clipping; Brock, De, Smith & Simonyan 2021, equation 3).",
  apply: (b, parameters, bound) => {
    const beyond: string[] = [];
    const gradients = parameters.map(({ weight, gradient, unitAxes, last }) => {
      if (last) return gradient;
      const axes = unitAxes.length > 0 ? unitAxes : b.shape(gradient).map((_, i) => i);
      const least = (value: string, bottom: number): string => b.op("Max", [value, b.scalar(bottom, value)]);
      const allowed = b.scale(least(normOver(b, weight, axes), LEAST_WEIGHT), bound);
      const size = least(normOver(b, gradient, axes), LEAST_GRADIENT);
      const over = b.greater(size, allowed);
      beyond.push(over);
      return b.mul(gradient, b.where(over, b.div(allowed, size), b.scalar(1, size)));
    });
    return { gradients, share: shareOf(b, beyond, b.dtype(gradients[0]!)) };
  },
};
