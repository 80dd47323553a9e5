import { describe, expect, it } from "vitest";
import { isPending } from "../../src/claims/claim.js";
import type { Claim } from "../../src/claims/claim.js";
import { CLAIMS } from "../../src/claims/index.js";
import { growthOf, statistics } from "../../src/claims/shared/evidence-rows.js";
import { mean } from "../../src/math/statistics.js";
import { ALL_TRUTHS } from "./all-truths.js";
import { MOST_FALSE, countsOf, expectCalibrated, falseOf } from "./calibrate.js";
import { TRUTHS } from "./truths.js";

const built = CLAIMS.filter((c): c is Claim => !isPending(c) && ALL_TRUTHS[c.id] !== undefined);
const profiles = built.filter((c) => TRUTHS[c.id] !== undefined);

describe.each(profiles.map((c) => [c.id, c] as const))("%s", (id, claim) => {
  it("says nothing false at its thresholds, and finds what is there", () => {
    expectCalibrated(claim, TRUTHS[id]!(claim));
  });
});

describe("the study", () => {
  it("has thresholds for every claim that it knows, and both verdicts that can be found", () => {
    for (const claim of built) {
      const truths = ALL_TRUTHS[claim.id]!(claim);
      expect(truths.filter((t) => t.wanted === undefined).length, claim.id).toBeGreaterThanOrEqual(2);
      expect(new Set(truths.flatMap((t) => t.wanted ?? [])).size, claim.id).toBeGreaterThanOrEqual(2);
    }
    expect(Object.keys(ALL_TRUTHS).filter((id) => !CLAIMS.some((c) => c.id === id))).toEqual([]);
  });

  it("catches a rule that decides by means alone", () => {
    const claim = built.find((c) => c.id === "skip-stops-explosion")!;
    const hasty: Claim = {
      ...claim,
      judge: (results, context) => {
        const end = mean(statistics(results, { name: "x + W·ReLU(x)" }, 40, growthOf));
        return { ...claim.judge(results, context), verdict: end > 2 * Math.log(100) ? "REFUTED" : "SUPPORTED" };
      },
    };
    const null100 = TRUTHS[claim.id]!(claim).find((t) => t.name.startsWith("with the skip exactly 100"))!;
    expect(falseOf(countsOf(hasty, null100), null100)).toBeGreaterThan(MOST_FALSE);
  });
});
