import { describe, expect, it } from "vitest";
import { alongTime } from "../../src/structure/over-time.js";
import type { NodeKind, ViewNode } from "../../src/structure/node-kind.js";
import { subgraphBetween } from "../../src/structure/subgraph.js";

/** Nodes as `kind output inputs`; the output of a weighted one begins with the name of its weight. */
function viewOf(...lines: readonly string[]): readonly ViewNode[] {
  return lines.map((line, at): ViewNode => {
    const [kind, output, ...inputs] = line.split(" ") as [NodeKind, string, ...string[]];
    const node = { op: "Op", domain: "", name: output, inputs, outputs: [output], attrs: {} };
    return { at, kind, op: "Op", nodes: [node], inputs, outputs: [output], ...(kind === "weighted" ? { weight: output.replace(/\d+$/, "") } : {}) };
  });
}

/** What is left of the edges between `x` and `y`, as `output: inputs`. */
function left(lines: readonly string[]): readonly string[] | undefined {
  const found = alongTime(subgraphBetween(viewOf(...lines), "x", "y"));
  return found?.own.nodes.map((n) => `${n.outputs.join()}: ${n.inputs.filter((v) => found.own.values.has(v)).join()}`);
}

const times = (n: number, step: (t: number) => readonly string[]): readonly string[] => Array.from({ length: n }, (_, t) => step(t)).flat();

describe("what runs beside steps over time", () => {
  it("are an input that is fed at every step, and the outputs of all but the last", () => {
    const steps = times(6, (t) => [
      `layout x${t} x`,
      `weighted in${t} x${t}`,
      ...(t > 0 ? [`weighted on${t} h${t - 1}`, `add a${t} on${t} in${t}`] : [`activation a0 in0`]),
      `activation h${t} a${t}`,
    ]);
    const found = left([...steps, `concat y ${times(6, (t) => [`h${t}`]).join(" ")}`]);
    expect(found).toEqual([
      "x0: x",
      "in0: x0",
      "a0: in0",
      "h0: a0",
      ...times(5, (t) => [`on${t + 1}: h${t}`, `a${t + 1}: on${t + 1}`, `h${t + 1}: a${t + 1}`]),
      "y: h5",
    ]);
  });

  it("are a memory behind its first reader, also where every step projects it anew, but no state that a step reads twice", () => {
    const steps = times(8, (t) => [
      `weighted key${t} memory`,
      `weighted ask${t} ${t > 0 ? `h${t - 1}` : "begin"}`,
      `add s${t} ask${t} key${t}`,
      `activation z${t} s${t}`,
      `mul h${t} z${t} ${t > 0 ? `h${t - 1}` : "begin"}`,
    ]);
    const found = left(["activation memory x", "pool begin x", ...steps, "activation y h7"]);
    expect(found!.slice(0, 7)).toEqual(["memory: x", "begin: x", "key0: memory", "ask0: begin", "s0: ask0,key0", "z0: s0", "h0: z0,begin"]);
    expect(found!.slice(7)).toEqual([
      ...times(7, (t) => [`ask${t + 1}: h${t}`, `s${t + 1}: ask${t + 1}`, `z${t + 1}: s${t + 1}`, `h${t + 1}: z${t + 1},h${t}`]),
      "y: h7",
    ]);
  });

  it("is what a long memory gives behind the last step", () => {
    const steps = times(6, (t) => [`weighted on${t} ${t > 0 ? `h${t - 1}` : "x"}`, `activation h${t} on${t}`]);
    expect(left([...steps, "weighted key x", "mul y h5 key"])!.at(-1)).toBe("y: h5");
  });

  it("is nothing where layers share no weight, or one is applied only a few times", () => {
    const layers = times(8, (t) => [`weighted ${"abcdefgh"[t]!} ${t > 0 ? `h${t - 1}` : "x"}`, `add h${t} ${"abcdefgh"[t]!} x`]);
    expect(left([...layers, "activation y h7"])).toBeUndefined();
    const few = times(3, (t) => [`weighted on${t} ${t > 0 ? `h${t - 1}` : "x"}`, `add h${t} on${t} x`]);
    expect(left([...few, "activation y h2"])).toBeUndefined();
  });

  it("is nothing inside of steps that apply a weight several times", () => {
    const steps = times(4, (t) => {
      const from = t > 0 ? `h${t - 1}` : "x";
      return [
        `weighted f${4 * t} ${from}`,
        `weighted f${4 * t + 1} f${4 * t}`,
        `weighted f${4 * t + 2} f${4 * t + 1}`,
        `add h${t} f${4 * t + 2} ${from}`,
      ];
    });
    expect(left([...steps, "activation y h3"])).toBeUndefined();
  });
});
