import { describe, expect, it } from "vitest";
import { cureWords } from "../../src/doctor/shared/cure.js";
import { slopes, steepOps } from "../../src/doctor/shared/whole.js";
import type { Evidence } from "../../src/doctor/evidence.js";
import { Net, elman, evidenceOf, of } from "./support.js";

const WIDTH = 24;

/** Layers each followed by a function, and a classifier. */
function stack(layers: number, act: (net: Net, x: string, layer: number) => string, scale = 1): Evidence {
  const net = new Net([16, WIDTH]);
  let x = "x";
  for (let i = 0; i < layers; i++) x = act(net, net.linear(x, `l${i}`, WIDTH, WIDTH, scale), i);
  return evidenceOf(net.graph(net.linear(x, "head", WIDTH, 4, 1)));
}
const sigmoid = (net: Net, x: string): string => net.op("Sigmoid", [x]);

describe("slopes of functions that saturate", () => {
  it.each([
    [1, undefined],
    [2, "info"],
    [3, "info"],
    [4, "warning"],
  ])("%i sigmoids: %s", (n, severity) => {
    expect(slopes(stack(n, sigmoid))?.severity).toBe(severity);
  });

  it("tell how much is theirs: each lets through a quarter at most", () => {
    const s = slopes(stack(4, sigmoid))!;
    expect([s.op, s.layers]).toEqual(["Sigmoid", 4]);
    expect(s.lnSlopes).toBeGreaterThan(4 * Math.log(4));
    expect(s.lnSlopes).toBeLessThan(4 * Math.log(6));
    expect(s.lnFall).toBeGreaterThan(Math.log(100));
  });

  it("are nothing where a function is steep enough, where ReLUs stand, or where steps in time share them", () => {
    expect(slopes(stack(4, (net, x) => net.tanh(x)))).toBeUndefined();
    expect(slopes(stack(4, (net, x) => net.relu(x), 2))).toBeUndefined();
    expect(slopes(evidenceOf(elman(6, 0.3)))).toBeUndefined();
  });

  it("are not blamed for what weights do", () => {
    // tanh in its linear part, behind weights that take nine tenths each: the fall is theirs.
    expect(slopes(stack(4, (net, x) => net.tanh(x), 0.01))).toBeUndefined();
  });
});

describe("one node's gain", () => {
  const factor = (at: number, by: number): Evidence =>
    stack(4, (net, x, layer) => (layer === at ? net.relu(net.times(x, "factor", by)) : net.relu(x)), 2);

  it("is found between layers, on either side of 1, beyond 100 only", () => {
    expect(steepOps(factor(1, 1e-3)).map((o) => [o.op, Math.round(o.lnGain)])).toEqual([["Mul", -7]]);
    expect(steepOps(factor(3, 1e3)).map((o) => [o.op, Math.round(o.lnGain)])).toEqual([["Mul", 7]]);
    expect(steepOps(factor(2, 1 / 50))).toEqual([]);
  });

  it("is nothing before the first layer, which no gradient needs to pass", () => {
    const net = new Net([16, WIDTH]);
    const x = net.relu(net.linear(net.times("x", "scale", 1 / 255), "l0", WIDTH, WIDTH));
    const e = evidenceOf(net.graph(net.linear(x, "head", WIDTH, 4, 1)), { input: (i) => (i * 37) % 256 });
    expect(steepOps(e)).toEqual([]);
  });

  it("is nothing where its neighbours undo it before the next layer", () => {
    const softplus = (net: Net, x: string, i: number): string => net.times(net.op("Softplus", [net.times(x, `beta${i}`, 200)]), `over${i}`, 1 / 200);
    expect(steepOps(stack(4, softplus, 2))).toEqual([]);
    const half = (net: Net, x: string, i: number): string => net.relu(net.times(net.times(x, `up${i}`, 1000), `down${i}`, i === 1 ? 1 : 1e-3));
    expect(steepOps(stack(3, half, 2)).map((o) => Math.round(o.lnGain))).toEqual([7]);
  });

  it("is told where no chain is ill, at its own node", () => {
    // Behind the last layer a factor is the scale of the loss, and nothing is told of it.
    const net = new Net([16, WIDTH]);
    const scaled = new Net([16, WIDTH]);
    let x = "x";
    for (let i = 0; i < 3; i++) x = scaled.relu(scaled.linear(x, `l${i}`, WIDTH, WIDTH));
    expect(of(evidenceOf(scaled.graph(scaled.times(scaled.linear(x, "head", WIDTH, 4, 1), "temperature", 1e-3))), "vanishing")).toEqual([]);
    const e = evidenceOf(net.graph(net.linear(net.times(net.relu(net.linear("x", "l0", WIDTH, WIDTH)), "temperature", 1e-3), "head", WIDTH, 4, 1)));
    const [found] = of(e, "vanishing");
    expect(found).toMatchObject({ severity: "warning", facts: { case: "op", op: "Mul" } });
    expect(found!.evidence).toContain("Mul alone multiplies the gradient's norm by 0.00100 on its way to the input");
  });
});

it("says of a factor whether it cures, in the words of headline and remedy", () => {
  expect(cureWords(null, "text")).toBe("");
  expect(cureWords(undefined, "text")).toBe("");
  expect(cureWords({ factor: Math.sqrt(6), verdict: "healthy" }, "text")).toBe(
    "One factor cures it: with ×2.449 on all weight matrices and kernels of the chain the verdict is healthy (tried here).",
  );
  for (const verdict of ["exploding", "vanishing", "mixed", "undecided", "non-finite"] as const)
    expect(cureWords({ factor: 0.5, verdict }, "text")).toBe(
      `No one factor on all weights cures it: the best of those tried here, ×0.5000, leaves it ${verdict}.`,
    );
});

describe("one node's gain near 100", () => {
  /** Layers of which one has an exponential behind it, whose gain depends on what it is fed. */
  const steep = (seed: number, power: number): Evidence => {
    const net = new Net([16, WIDTH]);
    const x = net.relu(net.linear("x", "l0", WIDTH, WIDTH));
    const up = net.op("Exp", [net.op("Add", [x, net.weight("shift", [1], power)])]);
    return evidenceOf(net.graph(net.linear(net.relu(net.linear(up, "l1", WIDTH, WIDTH)), "head", WIDTH, 4, 1)), { seed });
  };
  const seeds = Array.from({ length: 12 }, (_, i) => i + 1);
  const severities = (power: number): readonly string[] => seeds.map((seed) => steepOps(steep(seed, power))[0]?.severity ?? "none");

  it("is no warning where the interval over examples holds 100, whatever the seed", () => {
    const values = seeds.map((seed) => steepOps(steep(seed, 9))[0]!.lnGain);
    const centre = values.reduce((a, b) => a + b, 0) / values.length;
    const near = severities(9 - centre + Math.log(100));
    // The point alone says now this, now that.
    expect(new Set(near)).toEqual(new Set(["info", "none"]));
    expect(new Set(severities(9 - centre + Math.log(100) + 2))).toEqual(new Set(["warning"]));
    expect(new Set(severities(9 - centre + Math.log(100) - 2))).toEqual(new Set(["none"]));
  });

  it("says that the interval holds it", () => {
    const e = steep(1, 9);
    const [found] = steepOps(e);
    expect(found!.low).toBeLessThan(found!.lnGain);
    expect(found!.high).toBeGreaterThan(found!.lnGain);
    // One example has no interval of its own: the known scatter stands in its place.
    const alone = steepOps({ ...e, mixing: undefined, examples: 1 })[0]!;
    expect(alone.high - alone.low).toBeGreaterThan(2 * (found!.high - found!.low));
  });
});
