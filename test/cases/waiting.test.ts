import { describe } from "vitest";
import { table } from "./case.js";

const beside = [
  ["b.e.* (2 parameters)", /beside the blocks/],
  ["c.e.* (2 parameters)", /beside the blocks/],
] as const;
const NEVER = ["vanishing", "exploding"] as const;
const frozen = Array.from({ length: 9 }, (_, i) => [`teacher.${2 * i}.weight`, `teacher.${2 * i}.bias`]).flat();

describe("one residual block at each level of a U-Net, with a time embedding", () => {
  table([
    ...[
      ["a last weight that starts at zero", "weight"],
      ["a norm whose scale starts at zero", "norm"],
      ["a head that starts at zero as well", "head"],
    ].map(([what, how]) => ({
      what: `${what!} keeps no gradient from what the shortcuts lead to`,
      file: `wait_denoiser.${how!}`,
      verdict: "healthy" as const,
      findings: [["no-gradient", "info"]] as const,
      never: NEVER,
      judged: how === "norm" ? ([69, 73] as const) : ([57, 61] as const),
      notLookedAt: beside,
    })),
    {
      what: "units that are dead wait for nothing",
      file: "wait_denoiser.dead",
      verdict: "vanishing",
      findings: [
        ["vanishing", "error", "c.c1"],
        ["vanishing", "error", "a.e"],
        ["no-gradient", "warning", "t.0.weight"],
      ],
      judged: [57, 61],
      notLookedAt: beside,
    },
  ]);
});

describe("a teacher and a student with one input", () => {
  const loss = { kind: "output", name: "loss" } as const;
  const file = "frozen_teacher";
  table([
    {
      what: "a teacher that is trained is judged",
      file,
      options: { loss },
      verdict: "vanishing",
      findings: [["vanishing", "error", "teacher"]],
      cure: "healthy",
    },
    {
      what: "a teacher that is frozen is not",
      file,
      options: { loss, frozen },
      verdict: "healthy",
      setAside: frozen,
      never: NEVER,
      chains: [["student.2 … student.4", "healthy"]],
    },
  ]);
});

describe("a policy that is trained by the lesser of two critics", () => {
  table([
    {
      what: "an example that one of them leaves out has its gradient by the other",
      file: "lesser_critic",
      options: { loss: { kind: "output", name: "loss" } },
      verdict: "healthy",
      never: ["no-gradient"],
    },
  ]);
});
