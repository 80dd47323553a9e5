import { describe, expect, it } from "vitest";
import { isPending } from "../../src/claims/claim.js";
import type { Claim } from "../../src/claims/claim.js";
import { CLAIMS } from "../../src/claims/index.js";
import { MOST_FALSE, countsOf, expectCalibrated, falseOf } from "./calibrate.js";
import { JOIN_TRUTHS } from "./truths-joins.js";
import { LAYER_TRUTHS } from "./truths-layers.js";
import { PATH_TRUTHS } from "./truths-paths.js";
import { PLACEMENT_TRUTHS } from "./truths-placement.js";

const TRUTHS = { ...JOIN_TRUTHS, ...LAYER_TRUTHS, ...PATH_TRUTHS, ...PLACEMENT_TRUTHS };
const claimOf = (id: string): Claim => CLAIMS.find((c): c is Claim => c.id === id && !isPending(c))!;

describe.each(Object.entries(TRUTHS))("%s", (id, truthsOf) => {
  it("says nothing false at its thresholds, and finds what is there", () => {
    expectCalibrated(claimOf(id), truthsOf(claimOf(id)));
  });
});

describe("the study of what is exact", () => {
  it("catches a rule that takes rounding for a difference", () => {
    const claim = claimOf("one-large-layer");
    const naive: Claim = {
      ...claim,
      judge: (results, context) => {
        const judged = claim.judge(results, context);
        const more = judged.evidence.filter((f) => f.role === "contrast").slice(0, 4);
        const [some, others] = [more.some((f) => f.measured.low > 0), more.some((f) => f.measured.high < 0)];
        return { ...judged, verdict: some && others ? "CONDITIONAL" : some ? "REFUTED" : "SUPPORTED" };
      },
    };
    const equal = TRUTHS[claim.id]!(claim).find((t) => t.name.includes("but for rounding"))!;
    expect(falseOf(countsOf(naive, equal), equal)).toBeGreaterThan(MOST_FALSE);
  });
});
