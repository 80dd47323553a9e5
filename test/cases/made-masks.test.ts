import { describe, expect } from "vitest";
import type { CheckRecord } from "../../src/study/check-record.js";
import type { Case } from "./case.js";
import { table } from "./case.js";

const never = ["non-finite-forward", "non-finite-backward"] as const;
const softmax = (example: number): Pick<Case, "verdict" | "findings" | "nonFinite" | "says"> => ({
  verdict: "non-finite",
  findings: [["non-finite-forward", "error", "Softmax"]],
  nonFinite: ["Softmax", 1, example],
  says: new RegExp(`in example ${example}\\).*one key unmasked`, "s"),
});
/** No chain that holds what is not a number is said to be well. */
const noneIsWell = (r: CheckRecord): void => expect(r.chains!.map((c) => c.verdict)).toEqual(["non-finite"]);

describe("−∞ that the network makes as a mask", () => {
  table([
    { what: "the logarithm of zeros and ones is nothing", file: "made_log", verdict: "healthy", never },
    { what: "of what the inputs say themselves", file: "made_own", verdict: "healthy", never },
    { what: "of a buffer", file: "made_buffer", verdict: "healthy", setAside: ["mask"], never },
    { what: "two masks of the least float, added", file: "made_twice", verdict: "healthy", setAside: ["/Constant_28_output_0"], never },
    { what: "a gate whose infinite slope a ReLU drops", file: "made_gate", verdict: "healthy", never: ["non-finite-forward"] },
    {
      what: "a gate whose slope is infinite: its logarithm is the cause",
      file: "made_gate_square",
      verdict: "non-finite",
      findings: [["non-finite-forward", "error", "Log"]],
      nonFinite: ["Log", 2, 1],
      says: /epsilon/,
    },
    { what: "in scores of actions, of which none that is forbidden was taken", file: "made_policy", verdict: "healthy", never },
    {
      what: "one that is forbidden was taken",
      file: "made_policy_taken",
      verdict: "non-finite",
      findings: [["non-finite-forward", "error", "loss"]],
      nonFinite: ["Loss", 1, 3],
      says: /A label is a class whose score the mask makes -infinity/,
    },
  ]);
});

describe("rows that are masked everywhere, batch and heads in one axis", () => {
  table([
    { what: "by the logarithm of bools", file: "made_log_row", ...softmax(5), also: noneIsWell },
    { what: "of floats that are fed", file: "made_log_fed", ...softmax(5), also: noneIsWell },
    { what: "by Where", file: "made_where_row", ...softmax(2), also: noneIsWell },
    { what: "by adding −∞", file: "made_added_row", ...softmax(7), also: noneIsWell },
    {
      what: "by two masks together, neither of which hides all",
      file: "made_both_row",
      ...softmax(3),
      setAside: ["/Constant_27_output_0"],
      also: noneIsWell,
    },
    { what: "by what the inputs say themselves", file: "made_own_row", ...softmax(4), also: noneIsWell },
  ]);
});
