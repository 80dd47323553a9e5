import * as z from "zod";
import { modulePath } from "../graph/module-path.js";
import { stretchSite } from "../structure/block-site.js";
import { magnitude, percent, plural } from "../util/format.js";
import { real, whole } from "../util/json.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { paddedConvolutions } from "./shared/borders.js";
import { bodyOf, sum } from "./shared/profile.js";

/** A loss of the square smaller than this is not worth a word. */
const KEPT = 0.5;

/** Zero padding on small maps: what a convolution reads beyond the border is nothing, and so is the gradient that flows there. */
export const borderEffect: FindingRule = findingRule({
  id: "border-effect",
  facts: factsOf({
    convolutions: whole.meta({ description: "Convolutions of plain blocks that read beyond the border." }),
    lnKept: real.meta({ description: "ln of the share of the squared gradient that all of them together should keep." }),
    worst: factsOf({ node: z.string(), keptShare: real, map: z.array(whole) }),
  }),
  examine: (e) => {
    // A norm behind a convolution scales up again what its borders lost; behind a shortcut only the branch loses.
    const blocks = bodyOf(e).filter((b) => b.kind === "plain" && b.norms.length === 0);
    const inside = new Set(blocks.flatMap((b) => b.nodes));
    const convolutions = paddedConvolutions(e.bound.graph).filter((p) => inside.has(p.node));
    const lnKept = sum(convolutions.map((p) => Math.log(p.share)));
    if (convolutions.length === 0 || !(lnKept < Math.log(KEPT))) return [];
    const padded = new Set(convolutions.map((p) => p.node));
    const { node, share, map } = convolutions.reduce((a, b) => (b.share < a.share ? b : a));
    return [
      {
        severity: "info",
        site: stretchSite(
          e.structure,
          e.bound.graph,
          blocks.filter((b) => b.nodes.some((n) => padded.has(n))),
        ),
        facts: { convolutions: convolutions.length, lnKept, worst: { node, keptShare: share, map: [...map] } },
      },
    ];
  },
  words: ({ facts: { convolutions, lnKept, worst } }, style) => ({
    evidence: `zero padding in ${plural(convolutions, "convolution")} should keep ×${magnitude(lnKept, style)} of the squared gradient; it keeps least at ${modulePath(worst.node)}, ${percent(worst.keptShare, style)} on a map of ${worst.map.join("×")}`,
    why: "On an S×S map a 3×3 convolution with zero padding keeps ((1 + 2·cos(π/(S + 1)))/3)^2 of the square, forward and backward alike: at the border part of the kernel reads zeros. A shrinking profile on small maps is partly that, not the weights.",
    remedy:
      "Usually nothing. To measure weights without it use circular padding; to remove it use larger maps, no padding, or a norm behind the convolution.",
  }),
});
