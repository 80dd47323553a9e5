import { IsogradError } from "../../util/errors.js";
import { architecture } from "../architecture.js";
import type { Architecture } from "../architecture.js";
import * as field from "../fields.js";
import { head } from "../layers/head.js";
import { resnetFields, resnetStages, resnetStem } from "../layers/resnet.js";

const fields = {
  depth: field.integer(
    20,
    "layers with weights: 6n + 2, or 9n + 2 with bottlenecks, n units in each of three stages (20, 32, 44, 56, 110, 164, 1001, 1202)",
    8,
  ),
  bottleneck: field.flag(false, "whether a unit has 1×1, 3×3 and 1×1 convolutions, or two 3×3 ones"),
  width: field.width(16, "channels of the first stage; ×2 and ×4 in the others"),
  input: field.image([3, 32, 32]),
  classes: field.classes(),
  ...resnetFields("pad"),
};

/** Describes ResNets for small images. */
export const resnetCifar: Architecture = architecture({
  name: "resnet-cifar",
  summary: "ResNet for small images, 6n + 2 or 9n + 2 layers deep, with every shortcut and order of He et al. 2016 (He et al. 2015, 2016).",
  fields,
  fixup: true,
  build: (net, s) => {
    const each = s.bottleneck ? 9 : 6;
    const units = (s.depth - 2) / each;
    if (!Number.isInteger(units)) {
      const below = each * Math.max(1, Math.floor(units)) + 2;
      throw new IsogradError("spec/invalid", '"depth" does not make three stages of whole units', {
        expected: `${each}n + 2`,
        received: String(s.depth),
        fix: `the nearest are ${below} and ${below + each}`,
      });
    }
    const input = net.input("input", s.input);
    const first = resnetStem(net, input, s, { out: s.width });
    const stages = [1, 2, 4].map((by, i) => ({ units, width: by * s.width, stride: i === 0 ? 1 : 2 }));
    const { x, branch } = resnetStages(net, first, s, stages, s.bottleneck);
    return head(net, x, s.classes, { branch, layerOptions: s });
  },
});
