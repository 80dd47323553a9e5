import { describe, expect, it } from "vitest";
import type { Evidence } from "../../src/doctor/evidence.js";
import { badResults } from "../../src/study/check/bad-results.js";
import { chain, evidenceOf, withReadings } from "../doctor/support.js";

const healthy = evidenceOf(chain({ depth: 4, width: 8 }));
const { network, cuts, parameters } = healthy.places;
const spoilt = (which: number, value: number): Evidence =>
  withReadings(
    healthy,
    "ln-gradient",
    parameters.map((p) => p.site),
    (i) => (i < which ? value : 0),
  );

describe("results that are not finite", () => {
  it("are none where all are", () => {
    expect(badResults(healthy)).toEqual([]);
  });

  it("are the loss, of whatever kind", () => {
    for (const value of [NaN, Infinity, -Infinity]) expect(badResults(withReadings(healthy, "loss", [network], () => value))).toEqual(["the loss"]);
  });

  it("are the output, where there is no loss", () => {
    expect(badResults(withReadings(healthy, "ln-norm", [cuts.at(-1)!], () => NaN))).toEqual(["the output"]);
    expect(badResults(withReadings(healthy, "ln-norm", [cuts[1]!], () => NaN))).toEqual([]);
    const both = withReadings(
      withReadings(healthy, "ln-norm", [cuts.at(-1)!], () => NaN),
      "loss",
      [network],
      () => 1,
    );
    expect(badResults(both)).toEqual([]);
  });

  it("are gradients of parameters, counted; an exact zero is finite", () => {
    expect(badResults(spoilt(1, NaN))).toEqual(["the gradient of 1 of 5 parameters"]);
    expect(badResults(spoilt(5, Infinity))).toEqual(["the gradients of 5 of 5 parameters"]);
    expect(badResults(spoilt(5, -Infinity))).toEqual([]);
  });

  it("are the gradient of the input, but not of a value between", () => {
    expect(badResults(withReadings(healthy, "ln-gradient", [cuts[0]!], () => NaN))).toEqual(["the gradient of 1 input"]);
    expect(badResults(withReadings(healthy, "ln-gradient", [cuts[2]!], () => NaN))).toEqual([]);
  });
});
