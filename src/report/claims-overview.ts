import { GROWTH } from "../study/claims-record.js";
import type { ClaimsRecord } from "../study/claims-record.js";
import type { Picture, PictureLine } from "./claim-picture.js";

/** A curve of the answer's picture: the first of these arms that was measured. */
interface Wanted {
  readonly name: string;
  readonly control: boolean;
  readonly from: readonly (readonly [claim: string, arm: RegExp])[];
}

const PLAIN = /^W·ReLU\(x\)$/;
const BARE = /^x \+ W·ReLU\(x\)$/;

const WANTED: readonly Wanted[] = [
  {
    name: "bare skip, x + F(x)",
    control: false,
    from: [
      ["skip-stops-explosion", BARE],
      ["scaled-branch", BARE],
      ["normalisation-not-skips", BARE],
    ],
  },
  {
    name: "BatchNorm, no skip",
    control: false,
    from: [
      ["normalisation-not-skips", /^W·ReLU\(BN\(x\)\)$/],
      ["resnet-mitigates", /^W·ReLU\(BN\(x\)\)$/],
    ],
  },
  {
    name: "skip, BatchNorm in the branch",
    control: false,
    from: [
      ["normalisation-not-skips", /^x \+ W·ReLU\(BN\(x\)\)$/],
      ["resnet-mitigates", /^x \+ W·ReLU\(BN\(x\)\)$/],
    ],
  },
  { name: "pre-norm: LayerNorm in the branch", control: false, from: [["pre-post-ln", /^(pre|x \+ .*LN)/i]] },
  { name: "scaled skip, x + F(x)/√L", control: false, from: [["scaled-branch", /^x \+ W·ReLU\(x\)\/√L$/]] },
  {
    name: "plain, F(x)",
    control: true,
    from: [
      ["skip-stops-explosion", PLAIN],
      ["normalisation-not-skips", PLAIN],
    ],
  },
  {
    name: "Highway",
    control: false,
    from: ([-2, -1, -3, -4, 0] as const).map((b) => ["highway-mitigates", new RegExp(`^Highway, χ = 1, b = ${b}$`)] as const),
  },
];

/** Growth of the squared gradient over the depth for every remedy that the claims have measured, a line each; undefined where they have measured none. */
export function overviewOf(record: ClaimsRecord): Picture | undefined {
  const lines = WANTED.flatMap(({ name, control, from }, look): PictureLine[] => {
    for (const [id, arm] of from) {
      const found = record.claims.find((c) => c.id === id)?.evidence.figures ?? [];
      const first = found.find((f) => f.what === GROWTH && f.depth !== null && arm.test(f.arm));
      if (!first) continue;
      const own = found.filter((f) => f.what === GROWTH && f.arm === first.arm && f.depth !== null && Number.isFinite(f.measured.value));
      const points = own.map((figure) => ({ x: figure.depth!, figure })).sort((a, b) => a.x - b.x);
      const bias = /b = (\S+)$/.exec(first.arm)?.[1];
      if (points.length > 1) return [{ name: bias === undefined ? name : `${name}, gate bias ${bias.replace("-", "−")}`, control, look, points }];
    }
    return [];
  });
  return lines.length < 2 ? undefined : { what: GROWTH, scale: "factor", axis: "depth L", parts: [{ title: "", lines }], shared: "", left: 0 };
}
