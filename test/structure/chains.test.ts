import { describe, expect, it } from "vitest";
import type { Graph } from "../../src/graph/graph.js";
import { chainsOf } from "../../src/structure/chains.js";
import { joinedTrunks } from "../../src/structure/joined-trunks.js";
import type { Block, BlockKind, Structure, WeightFamily } from "../../src/structure/types.js";

/** A graph in which nobody takes a value twice. */
const EMPTY: Graph = { name: "", inputs: [], outputs: [], initializers: new Map(), constants: new Set(), nodes: [], types: new Map() };
const FAMILIES: Readonly<Record<string, WeightFamily>> = { c: "convolution", m: "matrix", r: "recurrent", n: "none" };
const KINDS: Readonly<Record<string, BlockKind>> = { s: "residual", d: "dense", o: "other", g: "gated" };

/**
 * A structure from a few words, one for each block: its family (convolution, matrix, recurrent, none), and its kind (s residual, dense, other, gated) where it
 * is not plain. `<` before it makes it the stem's, `>` the head's.
 */
function structure(words: string): Structure {
  const blocks = words.split(" ").map((word, i): Block => {
    const letters = word.replace(/[<>]/, "");
    return {
      from: i,
      to: i + 1,
      kind: KINDS[letters[1] ?? ""] ?? "plain",
      family: FAMILIES[letters[0]!]!,
      role: word.startsWith("<") ? "stem" : word.startsWith(">") ? "head" : "body",
      skip: null,
      branchScale: null,
      skipScale: null,
      branch: null,
      norms: [],
      normSites: [],
      nodes: [],
      weights: letters.startsWith("r") ? ["w_hh"] : [],
      nesting: 0,
    };
  });
  const trunk = Array.from({ length: blocks.length + 1 }, (_, depth) => ({
    values: [`v${depth}`],
    name: `v${depth}`,
    depth,
    node: null,
    op: null,
    nesting: 0,
    boundary: true,
    exact: true,
  }));
  return { source: "v0", target: `v${blocks.length}`, trunk, blocks, spans: [] };
}

const repeated = (word: string, n: number): string => Array<string>(n).fill(word).join(" ");
/** The chains as first and last block. */
const chains = (words: string): readonly string[] => chainsOf(structure(words)).map((run) => `${run[0]!.from}-${run.at(-1)!.from}`);

describe("chains of blocks of one kind", () => {
  it.each([
    ["no body, no chain", "<c >m", []],
    ["one kind", `<c ${repeated("c", 5)} >m`, ["1-5"]],
    ["a single block", "<c c >m", ["1-1"]],
    ["convolutions, then matrices", `<c ${repeated("c", 4)} ${repeated("m", 10)} >m`, ["1-4", "5-14"]],
    ["two convolutions before ten matrices belong to the stem", `<c c c ${repeated("m", 10)} >m`, ["3-12"]],
    ["two matrices behind ten convolutions belong to the head", `<c ${repeated("c", 10)} m m >m`, ["1-10"]],
    ["two matrices between convolutions belong to the chain around them", `<c ${repeated("c", 4)} m m ${repeated("c", 4)} >m`, ["1-10"]],
    ["convolutions, steps in time, matrices", `<c ${repeated("c", 3)} ${repeated("r", 8)} ${repeated("m", 3)} >m`, ["1-3", "4-11", "12-14"]],
    ["blocks without weights go with those around them", `<c c c n c c >m`, ["1-5"]],
    ["long runs of plain and of residual blocks meet", `<m ${repeated("m", 6)} ${repeated("ms", 6)} >m`, ["1-6", "7-12"]],
    ["short ones do not: a strided layer, a transition", `<c ${repeated("cs", 4)} c ${repeated("cs", 4)} c ${repeated("cs", 4)} >m`, ["1-14"]],
    ["residual, dense and other forks are one kind", `<c ${repeated("cs", 4)} ${repeated("cd", 4)} ${repeated("co", 4)} >m`, ["1-12"]],
    ["a fork at the very end joins outputs", `<m ${repeated("m", 4)} mo`, ["1-4"]],
    ["but forks all along are the body", `<m ${repeated("mo", 5)}`, ["1-5"]],
    ["and a residual block at the end stays", `<m ${repeated("m", 4)} ms`, ["1-5"]],
  ])("%s", (_, words, expected) => {
    expect(chains(words)).toEqual(expected);
  });

  it("hold no block twice, and all of the body but short ends", () => {
    const letters = ["c", "m", "r", "n", "cs", "mo", "md"];
    for (let seed = 1; seed < 300; seed++) {
      let state = seed;
      const next = (): number => (state = (state * 48271) % 2147483647);
      const s = structure(`<c ${Array.from({ length: 1 + (next() % 18) }, () => letters[next() % letters.length]!).join(" ")} >m`);
      const runs = chainsOf(s).map((run) => run.map((b) => b.from));
      const all = runs.flat();
      expect(all, `seed ${seed}`).toEqual([...all].sort((a, b) => a - b));
      for (const run of runs) expect(run.length, `seed ${seed}`).toBe(run.at(-1)! - run[0]! + 1);
      expect(new Set(all).size).toBe(all.length);
      // Chains touch each other, or leave out fewer than three blocks of another family on either side.
      const body = s.blocks.length - 2;
      expect(body - all.length, `seed ${seed}`).toBeLessThan(4 * Math.max(1, runs.length) + 1);
    }
  });
});

describe("several trunks as one", () => {
  it("are themselves where there is one", () => {
    const s = structure("<m m >m");
    expect(joinedTrunks([s], EMPTY)).toEqual({ trunks: [s], structure: s, starts: [{ cut: 0, block: 0 }] });
  });

  it("stand one behind another, with depths and ends moved on", () => {
    const [a, b, c] = [structure("<m m >m"), structure("<c c"), structure("r r r r")];
    const { structure: all, starts } = joinedTrunks([a, b, c], EMPTY);
    expect(starts).toEqual([
      { cut: 0, block: 0 },
      { cut: 4, block: 3 },
      { cut: 7, block: 5 },
    ]);
    expect(all.trunk.map((t) => t.depth)).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect([all.source, all.target]).toEqual([a.source, a.target]);
    [a, b, c].forEach((t, k) => {
      const { cut, block } = starts[k]!;
      t.trunk.forEach((own, i) => expect(all.trunk[cut + i]!.values).toBe(own.values));
      t.blocks.forEach((own, i) => expect(all.blocks[block + i]).toEqual({ ...own, from: own.from + cut, to: own.to + cut }));
    });
  });
});
