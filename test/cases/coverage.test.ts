import { describe, expect } from "vitest";
import { table } from "./case.js";

describe("coverage", () => {
  table([
    {
      what: "a second output, and what serves it alone",
      file: "cover_two_outputs",
      verdict: "healthy",
      judged: [2, 20],
      notLookedAt: [
        ["output main", /it takes no part in the loss \(--output chooses it\)/],
        ["net.* (16 parameters)", /it serves the output main/],
        ["head.* (2 parameters)", /it serves the output main/],
      ],
      also: (r) => expect(r.coverage!.output).toBe("probe"),
    },
    {
      what: "the other one, chosen",
      file: "cover_two_outputs",
      options: { output: "main" },
      verdict: "healthy",
      judged: [18, 20],
      notLookedAt: [
        ["output probe", /no part/],
        ["probe.* (2 parameters)", /it serves the output probe/],
      ],
    },
    {
      what: "an encoder beside the trunk is judged",
      file: "cover_side_encoder",
      verdict: "healthy",
      judged: [32, 32],
      also: (r) => expect(r.chains!.length).toBe(2),
    },
    {
      what: "and found ill",
      file: "cover_sick_encoder",
      verdict: "vanishing",
      findings: [["vanishing", "error", "enc.2 …"]],
      judged: [38, 38],
      cure: "exploding",
    },
    {
      what: "what stands before a rounding is cut off, what stands behind it is judged",
      file: "cover_round",
      verdict: "healthy",
      findings: [["no-gradient", "info"]],
      judged: [14, 20],
      notLookedAt: [["quantised.* (6 parameters)", /cut at Round \(Round\)/]],
    },
    {
      what: "a tower that only decides",
      file: "cover_frozen_tower",
      verdict: "healthy",
      findings: [["no-gradient", "info"]],
      judged: [14, 20],
      notLookedAt: [["teacher.* (6 parameters)", /cut at Greater \(Greater\)/]],
    },
    {
      what: "an input that the output does not depend on",
      file: "cover_unused",
      verdict: "healthy",
      judged: [14, 16],
      notLookedAt: [
        ["output side", /no part/],
        ["input y", /the output logits does not depend on it/],
        ["side.* (2 parameters)", /it serves the output side/],
      ],
    },
    {
      what: "two towers that share their weights",
      file: "cover_siamese",
      verdict: "healthy",
      judged: [18, 18],
      chains: [
        ["net.2 … net.14", "healthy"],
        ["net.2 … net.14", "healthy"],
      ],
    },
  ]);
});
