import { describe } from "vitest";
import type { Case } from "./case.js";
import { table } from "./case.js";

const blocks = (skip: string): readonly string[] => ["plain", ...Array<string>(4).fill(`residual ${skip}`), "plain"];

describe("residual blocks", () => {
  table([
    ...["plain_plus", "plain_minus", "plain_further", "joined_plus", "joined_minus", "added_plus", "nested_plus"].map((name): Case => ({
      what: "x ± F(x)",
      file: `blocks.${name}`,
      verdict: "healthy",
      blocks: blocks("identity"),
    })),
    ...["plain", "joined", "added", "nested"].map((name): Case => ({
      what: "x − ½(x − y) − F(x)",
      file: `blocks_scaled.${name}_scaled`,
      verdict: "healthy",
      blocks: blocks("scaled"),
    })),
  ]);
});
