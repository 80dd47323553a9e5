import { exact } from "../util/format.js";
import { GROWTH, sameFactors } from "../study/claims-record.js";
import type { ClaimsRecord, Factors } from "../study/claims-record.js";
import { DEPTH } from "./claim-picture.js";
import type { Picture, PictureLine } from "./claim-picture.js";

/** A curve of the answer's picture: the first of these arms that was measured. */
interface Wanted {
  readonly name: string;
  readonly control: boolean;
  readonly from: readonly (readonly [claim: string, arm: Factors])[];
}

/** The same arm, as the first of these claims has it. */
const of = (arm: Factors, ...claims: readonly string[]): Wanted["from"] => claims.map((claim) => [claim, arm]);

const WANTED: readonly Wanted[] = [
  { name: "bare skip, x + F(x)", control: false, from: of({ skip: true }, "skip-stops-explosion", "scaled-branch", "normalisation-not-skips") },
  { name: "BatchNorm, no skip", control: false, from: of({ norm: "batch" }, "normalisation-not-skips", "resnet-mitigates") },
  { name: "skip, BatchNorm in the branch", control: false, from: of({ skip: true, norm: "batch" }, "normalisation-not-skips", "resnet-mitigates") },
  {
    name: "pre-norm: LayerNorm in the branch",
    control: false,
    from: of({ skip: true, norm: "layer", placement: "pre", classes: "none" }, "pre-post-ln"),
  },
  { name: "scaled skip, x + F(x)/√L", control: false, from: of({ skip: true, branchScale: "1/sqrt(L)" }, "scaled-branch") },
  { name: "plain, F(x)", control: true, from: of({ skip: false }, "skip-stops-explosion", "normalisation-not-skips") },
  {
    name: "Highway",
    control: false,
    from: [-2, -1, -3, -4, 0].flatMap((gateBias) => of({ network: "highway", chi: 1, gateBias }, "highway-mitigates")),
  },
];

/** Growth of the squared gradient over the depth for every remedy that the claims have measured, a line each; undefined where they have measured none. */
export function overviewOf(record: ClaimsRecord): Picture | undefined {
  const lines = WANTED.flatMap(({ name, control, from }, marker): PictureLine[] => {
    for (const [id, arm] of from) {
      const rows = record.claims.find((c) => c.id === id)?.evidence.figures ?? [];
      const own = rows.filter((f) => f.what === GROWTH.what && f.depth !== null && f.factors !== undefined && sameFactors(f.factors, arm));
      const points = own
        .filter((f) => Number.isFinite(f.measured.value))
        .map((row) => ({ x: row.depth!, row }))
        .sort((a, b) => a.x - b.x);
      const bias = arm.gateBias === undefined ? "" : `, gate bias ${exact(arm.gateBias, "page")}`;
      if (points.length > 1) return [{ name: `${name}${bias}`, control, marker, points }];
    }
    return [];
  });
  return lines.length < 2 ? undefined : { quantity: GROWTH, scale: "factor", axis: DEPTH, parts: [{ title: "", lines }], shared: "", left: 0 };
}
