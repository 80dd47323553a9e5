import { describe, expect, it } from "vitest";
import { isPending } from "../../src/claims/claim.js";
import type { Claim } from "../../src/claims/claim.js";
import { CLAIMS } from "../../src/claims/index.js";
import { QUICK } from "../../src/claims/shared/budgets.js";
import { clipping } from "../../src/trial/measurements/clipping.js";
import { profile } from "../../src/trial/measurements/profile.js";
import { MOST_FALSE, countsOf, expectCalibrated, falseOf } from "./calibrate.js";
import type { DrawnWorld } from "./synthetic.js";
import { FUNCTION_TRUTHS } from "./truths-function.js";
import { STEP_TRUTHS } from "./truths-step.js";

const TRUTHS = { ...FUNCTION_TRUTHS, ...STEP_TRUTHS };
const claimOf = (id: string): Claim => CLAIMS.find((c): c is Claim => c.id === id && !isPending(c))!;

describe.each(Object.entries(TRUTHS))("%s", (id, truthsOf) => {
  it("says nothing false at its thresholds, and finds what is there", () => {
    expectCalibrated(claimOf(id), truthsOf(claimOf(id)));
  });
});

describe("the study of several kinds", () => {
  const claim = claimOf("clipping-solves");

  it("catches a rule that takes what is not shown for shown not to be", () => {
    const hasty: Claim = {
      ...claim,
      judge: (results, context) => {
        const judged = claim.judge(results, context);
        const after = judged.evidence.filter(
          (f) => f.what.startsWith("ln of the norm of the first") && f.role === "test" && /^(tanh|BN)/.test(f.arm),
        );
        return { ...judged, verdict: after.some((f) => f.measured.high < Math.log(100)) ? "UNDECIDED" : "REFUTED" };
      },
    };
    const below = TRUTHS[claim.id]!(claim).find((t) => t.name.includes("to just below 100"))!;
    expect(falseOf(countsOf(hasty, below), below)).toBeGreaterThan(MOST_FALSE);
  });

  it("draws the same results in the same round, others in another, and refuses what an arm does not measure", () => {
    const world = TRUTHS[claim.id]!(claim)[0]!.world(QUICK) as DrawnWorld;
    const [arm, depth] = ["BN→ReLU", 40];
    const read = (round: number): unknown => world.draw(round).of(clipping, arm, depth);
    expect(read(3)).toEqual(read(3));
    expect(read(3)).not.toEqual(read(4));
    expect(() => world.draw(0).of(profile, arm, depth)).toThrow(/which measures clipping/);
    expect(() => world.draw(0).of(clipping, arm, 7)).toThrow(/nothing/);
  });
});
