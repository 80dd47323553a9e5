import type { Budget } from "../../src/claims/claim.js";
import { laws } from "../../src/theory/laws.js";
import type { Laws } from "../../src/theory/laws.js";
import { clipping } from "../../src/trial/measurements/clipping.js";
import type { ClippingResult } from "../../src/trial/measurements/clipping.js";
import type { Claim } from "../../src/claims/claim.js";
import { drawn } from "./drawn.js";
import type { DrawnWorld, World } from "./synthetic.js";

/** A world in which a row of a rule decides that decides in none of the truths, with the laws that it takes. */
export interface RowCase {
  readonly world: (budget: Budget) => World | DrawnWorld;
  readonly laws?: Partial<Laws>;
}

const withSkip = (arm: string): boolean => arm.startsWith("x +");
/** Growth of so much a block, with what the skip adds. */
const blocks = (plain: (arm: string) => number, skip: (arm: string) => number) => (): World => (arm, depth) => ({
  growth: depth * (withSkip(arm) ? skip(arm) : plain(arm)),
  spread: 0.1,
});

/** What no law of ours says, row by row: each skip lowers an explosion; gates hold off everything; half of the branches behave one way, half the other. */
export const ROW_CASES: Readonly<Record<string, (claim: Claim) => readonly RowCase[]>> = {
  "resnet-mitigates": () => [{ world: blocks(() => 1, () => 0.2), laws: { residual: () => ({ unknown: "left out" }) } }], // prettier-ignore
  "highway-mitigates": () => [
    {
      world: () => (arm, depth) => ({ growth: arm.startsWith("plain") ? depth * Math.log(Number(/χ = ([\d.]+)/.exec(arm)![1])) : 0, spread: 0.1 }),
      laws: { highway: (...args) => ({ ...laws.highway(...args), meanLn: 0, lnExpected: 0, band: 1 }) },
    },
  ],
  "copied-gradient": () => [{ world: blocks(() => 0, (arm) => (arm.endsWith("gain 4") ? 1 : 0)) }], // prettier-ignore
  "earlier-layers-get-more": () => [{ world: blocks(() => -1, (arm) => (arm.includes("tanh") ? 0 : -1)) }], // prettier-ignore
  "clipping-solves": (claim) => [
    {
      world: drawn(claim, clipping, (): ClippingResult => {
        const step = { lnLayers: [0, 0, 0], lnTotal: 1, cosine: 1 };
        return { loss: 1, steps: [step, step, step, step, step] };
      }),
    },
  ],
};
