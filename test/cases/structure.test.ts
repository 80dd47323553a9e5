import { describe } from "vitest";
import type { Case } from "./case.js";
import { table } from "./case.js";

const blocks = (skip: string, count = 4): readonly string[] => ["plain", ...Array<string>(count).fill(`residual ${skip}`), "plain"];

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
    ...["joined_further", "added_further", "nested_further"].map((name): Case => ({
      what: "the input of each block is read again behind all of them",
      file: `blocks.${name}`,
      verdict: "healthy",
      blocks: blocks("identity"),
    })),
    ...["gates", "joins", "gates_further", "joins_further"].map((name): Case => ({
      what: "the input of a block is read again in its forked branch",
      file: `blocks.${name}`,
      verdict: "healthy",
      blocks: blocks("identity"),
    })),
  ]);
});

describe("residual blocks with long branches", () => {
  table([
    ...["default_8", "plain_12", "norms_8", "before_8"].map((name): Case => ({
      what: "one block each",
      file: `blocks_long.${name}`,
      verdict: "healthy",
      blocks: blocks("identity"),
    })),
    { what: "with a shortcut that projects", file: "blocks_long.projected", verdict: "healthy", blocks: blocks("projection", 3) },
    { what: "with residual blocks in the branch", file: "blocks_long.nested", verdict: "healthy", blocks: blocks("identity", 3) },
    { what: "one much longer than the others", file: "blocks_long.uneven", verdict: "healthy", blocks: blocks("identity", 3) },
    {
      what: "a lone one in a chain of layers",
      file: "blocks_long.alone",
      verdict: "healthy",
      blocks: [...Array<string>(7).fill("plain"), "residual identity", ...Array<string>(7).fill("plain")],
    },
  ]);
});

describe("one residual around a network", () => {
  table([
    {
      what: "blocks lie in it",
      file: "blocks_around.restores",
      verdict: "healthy",
      blocks: ["plain", ...Array<string>(6).fill("residual identity"), "plain", "plain"],
    },
    {
      what: "long blocks, themselves chains of blocks, lie in it",
      file: "blocks_around.groups",
      verdict: "healthy",
      blocks: ["plain", ...Array<string>(4).fill("residual identity"), "plain", "plain"],
    },
    { what: "layers lie in it", file: "blocks_denoise", verdict: "healthy", blocks: Array<string>(11).fill("plain") },
  ]);
});
