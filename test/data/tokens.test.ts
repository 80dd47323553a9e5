import { expect, test } from "vitest";
import { storedColumn } from "../../src/data/data-set.js";
import type { Fitted } from "../../src/data/fitted.js";
import { refuseBeyondTables, tableRowsFor } from "../../src/data/tokens.js";
import { buildNet } from "../../src/nn/build.js";
import { bind } from "../../src/passes/bind.js";
import { refusal } from "../support/data-host.js";

test("a token beyond the embedding's rows is refused by its example", () => {
  const { graph } = bind(buildNet({ arch: "transformer", depth: 1, width: 4, heads: 1, length: 3, vocabulary: 5, batch: 1 }));
  const fed = (...tokens: readonly number[]): Fitted =>
    new Map([["tokens", { column: storedColumn({ dtype: "int64", shape: [3] }, tokens), type: { dtype: "int64", shape: [3] } }]]);
  expect(refusal(() => refuseBeyondTables(graph, fed(0, 1, 2, 3, 4, 4), 2, "d"))).toBe("nothing was refused");
  expect(refusal(() => refuseBeyondTables(graph, fed(0, 1, 2, 3, 5, 4), 2, "d"))).toMatch(
    /^batch\/value: d: example 1 has 5 for the network's input "tokens", which indexes a table of 5 rows/,
  );
});

test("the rows that a table needs are told by its tokens, where there are such", () => {
  const column = (dtype: "int32" | "float32", ...values: readonly number[]): ReturnType<typeof storedColumn> =>
    storedColumn({ dtype, shape: [2] }, values);
  expect(tableRowsFor(column("int32", 0, 4, 2, 1), 2)).toBe(5);
  expect(tableRowsFor({ ...column("int32", 0, 1), kinds: 7 }, 1)).toBe(7);
  expect(tableRowsFor(column("int32", 0, -1), 1)).toBeUndefined();
  expect(tableRowsFor(column("float32", 0, 1), 1)).toBeUndefined();
});
