import { describe, expect, it } from "vitest";
import type { Evidence } from "../../src/doctor/evidence.js";
import { badOutputs, badResults, endsBadly } from "../../src/study/check/bad-results.js";
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
    expect(badResults(healthy)).toEqual({ loss: [], gradients: [] });
  });

  it("are the loss, of whatever kind", () => {
    for (const value of [NaN, Infinity, -Infinity])
      expect(badResults(withReadings(healthy, "loss", [network], () => value)).loss).toEqual(["the loss"]);
  });

  it("are outputs, by name where there are several", () => {
    const { model } = healthy.bound;
    const two = { ...model, graph: { ...model.graph, outputs: [...model.graph.outputs, "value"] } };
    expect(badOutputs(model, [])).toEqual([]);
    expect(badOutputs(model, [model.graph.outputs[0]!])).toEqual(["the output"]);
    expect(badOutputs(two, ["value"])).toEqual(["the output value"]);
    expect(badOutputs(two, two.graph.outputs)).toEqual([`the outputs ${two.graph.outputs.join(", ")}`]);
  });

  it("are sought at the outputs where the trunk ends in them", () => {
    const bad = (cut: number): Evidence => withReadings(healthy, "ln-norm", [cut], () => NaN);
    expect([healthy, bad(cuts.at(-1)!), bad(cuts[1]!)].map(endsBadly)).toEqual([false, true, false]);
  });

  it("are gradients of parameters, counted; an exact zero is finite", () => {
    expect(badResults(spoilt(1, NaN)).gradients).toEqual(["the gradient of 1 of 5 parameters"]);
    expect(badResults(spoilt(5, Infinity)).gradients).toEqual(["the gradients of 5 of 5 parameters"]);
    expect(badResults(spoilt(5, -Infinity)).gradients).toEqual([]);
  });

  it("are the gradient of the input, but not of a value between", () => {
    expect(badResults(withReadings(healthy, "ln-gradient", [cuts[0]!], () => NaN)).gradients).toEqual(["the gradient of 1 input"]);
    expect(badResults(withReadings(healthy, "ln-gradient", [cuts[2]!], () => NaN)).gradients).toEqual([]);
  });
});
