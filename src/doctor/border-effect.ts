import type { FindingRule } from "./evidence.js";
import { paddedConvolutions } from "./shared/borders.js";
import { modulePath, stretchName } from "./shared/module-path.js";
import { bodyOf, sum } from "./shared/profile.js";
import { magnitude, percent, plural } from "./shared/words.js";

/** A loss of the square smaller than this is not worth a word. */
export const KEPT = 0.5;

/** Zero padding on small maps: what a convolution reads beyond the border is nothing, and so is the gradient that flows there. */
export const borderEffect: FindingRule = {
  id: "border-effect",
  examine: (c) => {
    // A norm behind a convolution scales up again what its borders lost; behind a shortcut only the branch loses.
    const blocks = bodyOf(c).filter((b) => b.kind === "plain" && b.norms.length === 0);
    const inside = new Set(blocks.flatMap((b) => b.nodes));
    const convolutions = paddedConvolutions(c.bound.graph).filter((p) => inside.has(p.node));
    const lnKept = sum(convolutions.map((p) => Math.log(p.share)));
    if (convolutions.length === 0 || !(lnKept < Math.log(KEPT))) return [];
    const worst = convolutions.reduce((a, b) => (b.share < a.share ? b : a));
    return [
      {
        rule: "border-effect",
        severity: "info",
        where: stretchName(
          c,
          blocks.filter((b) => b.nodes.some((n) => convolutions.some((p) => p.node === n))),
        ),
        evidence: `zero padding in ${plural(convolutions.length, "convolution")} should keep ×${magnitude(lnKept)} of the squared gradient; the smallest map is the worst: ${percent(worst.share)} at ${modulePath(worst.node)} on ${worst.map.join("x")}`,
        why: "On an S×S map a 3×3 convolution with zero padding keeps ((1 + 2·cos(π/(S + 1)))/3)^2 of the square, forward and backward alike: at the border part of the kernel reads zeros. A shrinking profile on small maps is partly that, not the weights.",
        remedy:
          "Usually nothing. To measure weights without it use circular padding; to remove it use larger maps, no padding, or a norm behind the convolution.",
      },
    ];
  },
};
