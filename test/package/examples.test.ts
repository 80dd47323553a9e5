import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { expect, it } from "vitest";
import { bundleWeb } from "../../tools/bundle.mjs";
import { examplesCut, withoutExamples } from "../../tools/cut-examples.mjs";
import type { Op } from "../../src/ops/op.js";

// The package has the ops without their examples.

async function opsBundled(plugins: Plugin[]): Promise<readonly Op[]> {
  const ops = fileURLToPath(new URL("../../src/ops/index.ts", import.meta.url));
  const { outputFiles } = await bundleWeb({ ops }, "out", { write: false, minify: false, plugins });
  const { OPS } = (await import(`data:text/javascript;base64,${Buffer.from(outputFiles![0]!.contents).toString("base64")}`)) as {
    OPS: readonly Op[];
  };
  return OPS;
}

/** A record with its functions as their texts. Bundling numbers equal names of different files. */
const plain = (value: unknown): unknown =>
  typeof value === "function"
    ? value
        .toString()
        .replace(/([A-Za-z_$])\d+\b/g, "$1")
        .replace(/\b(\w+): \1\b/g, "$1")
    : Array.isArray(value)
      ? value.map(plain)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]))
        : value;

it("ops without examples are the same ops in all else", async () => {
  const [whole, cut] = await Promise.all([opsBundled([]), opsBundled([examplesCut])]);
  expect(whole.filter((op) => op.examples.length > 0).length).toBeGreaterThan(150);
  expect(cut.map(plain)).toEqual(whole.map((op) => plain({ ...op, examples: [] })));
});

it("what only examples use goes with them, and lines stay where they are", () => {
  const text = `import { floats, ints } from "./shared/examples.js";
import { one, list } from "./op.js";
/** Draws. */
const [drawn] = [floats([2,
  3])];
function examples() {
  return [drawn];
}
const used = [1];
export const Op = {
  inputs: { x: one },
  floats: used,
  examples: [...examples(),
    { inputs: list, of: ints }],
};
`;
  expect(withoutExamples(text, "op.js")).toBe(`
import { one } from "./op.js";





${""}
const used = [1];
export const Op = {
  inputs: { x: one },
  floats: used,
  examples: []
,
};
`);
});
