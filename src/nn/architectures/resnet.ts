import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { head } from "../layers/head.js";
import { maxPool } from "../layers/pool.js";
import { resnetFields, resnetStages, resnetStem } from "../layers/resnet.js";

/** Number of units in each stage: He et al. 2015, table 1. */
const UNITS: Readonly<Record<string, readonly number[]>> = {
  "18": [2, 2, 2, 2],
  "34": [3, 4, 6, 3],
  "50": [3, 4, 6, 3],
  "101": [3, 4, 23, 3],
  "152": [3, 8, 36, 3],
  "200": [3, 24, 36, 3],
};

const fields = {
  depth: field.oneOf([18, 34, 50, 101, 152, 200], 50, "layers with weights; from 50 on with bottlenecks"),
  units: field.optionalSizes("number of residual units in each stage, instead of depth"),
  bottleneck: field.optionalFlag("whether a unit has 1×1, 3×3 and 1×1 convolutions, or two 3×3 ones (default: from depth 50 on)"),
  width: field.width(64, "channels of the first stage; doubled in each of the others"),
  input: field.image([3, 224, 224]),
  classes: field.classes(1000),
  ...resnetFields("projection"),
};

/** Describes ResNets for ImageNet. */
export const resnet: Architecture = architecture({
  name: "resnet",
  summary:
    "ResNet-18 to ResNet-200 for ImageNet, or any number of units in each stage, with every shortcut and order of He et al. 2016 (He et al. 2015, 2016).",
  fields,
  fixup: true,
  build: (net, s) => {
    const input = net.input("input", s.input);
    const first = resnetStem(net, input, s, { out: s.width, kernel: 7, stride: 2 });
    const pooled = net.within("stem", () => maxPool(net, first, 3, 2, 1));
    const stages = (s.units ?? UNITS[String(s.depth)]!).map((units, i) => ({ units, width: s.width * 2 ** i, stride: i === 0 ? 1 : 2 }));
    const { x, branch } = resnetStages(net, pooled, s, stages, s.bottleneck ?? s.depth >= 50);
    return head(net, x, s.classes, { branch, layerOptions: s });
  },
});
