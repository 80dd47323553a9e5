import { describe, expect, it } from "vitest";
import { chainsOf } from "../../src/structure/chains.js";
import { structureOfFixture } from "../support/structure.js";

/** The lengths of the chains of a network, and how their blocks apply weights. */
const chains = (name: string): readonly (readonly [number, string])[] =>
  chainsOf(structureOfFixture(name)).map((run) => [run.length, [...new Set(run.map((b) => b.family))].join(" ")]);

describe("chains of blocks", () => {
  it("are one for each layer over time: the states of two layers do not follow one another", () => {
    expect(chains("lstm")).toEqual([[49, "recurrent"]]);
    expect(chains("lstm_two_layers")).toEqual([
      [49, "recurrent"],
      [49, "recurrent"],
    ]);
  });

  it("are one for each way to apply weights", () => {
    expect(chains("convolutions_then_10_dense")).toEqual([[9, "matrix"]]);
    expect(chains("resnet50")).toEqual([[16, "convolution"]]);
  });
});
