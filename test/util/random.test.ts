import { describe, expect, it } from "vitest";
import { erf } from "../../src/math/erf.js";
import { normalsFill } from "../../src/util/normals-simd.js";
import { stream } from "../../src/util/random.js";

const COUNT = 400_000;
const drawn = stream(11, "normals").normals(new Float64Array(COUNT));

describe("normal draws", () => {
  it("follow the normal distribution (Kolmogorov–Smirnov, 0.1 % level), also beyond the ziggurat's edge", () => {
    const sorted = Float64Array.from(drawn).sort();
    let distance = 0;
    sorted.forEach((x, i) => {
      const cdf = (1 + erf(x / Math.SQRT2)) / 2;
      distance = Math.max(distance, Math.abs(cdf - i / COUNT), Math.abs(cdf - (i + 1) / COUNT));
    });
    expect(distance).toBeLessThan(1.95 / Math.sqrt(COUNT));
    // P(|x| > 3.654152885361009) = 2.5804e-4: the tail is drawn by a path of its own.
    const tail = drawn.filter((x) => Math.abs(x) > 3.654152885361009);
    expect(Math.abs(tail.length - 2.5804e-4 * COUNT)).toBeLessThan(4 * Math.sqrt(2.5804e-4 * COUNT));
    // Mills: the mean excess over the edge is φ(e)/P(x > e) − e = .25570.
    const excess = tail.reduce((s, x) => s + Math.abs(x) - 3.654152885361009, 0) / tail.length;
    expect(Math.abs(excess - 0.2557)).toBeLessThan((4 * 0.25) / Math.sqrt(tail.length));
  });

  it("have the moments 0, 1, 0, 3, 0, 15", () => {
    const variances = [1, 2, 15, 96, 945, 10170];
    [0, 1, 0, 3, 0, 15].forEach((moment, k) => {
      const found = drawn.reduce((s, x) => s + x ** (k + 1), 0) / COUNT;
      expect(Math.abs(found - moment), `moment ${k + 1}`).toBeLessThan(4 * Math.sqrt(variances[k]! / COUNT));
    });
  });

  it("are uncorrelated, between neighbours and between streams, in value and in size", () => {
    const other = stream(12, "normals").normals(new Float64Array(COUNT));
    const pairs: [string, (i: number) => number][] = [
      ["lag 1", (i) => drawn[i]! * drawn[(i + 1) % COUNT]!],
      ["lag 64", (i) => drawn[i]! * drawn[(i + 64) % COUNT]!],
      ["seeds", (i) => drawn[i]! * other[i]!],
      ["sizes", (i) => ((drawn[i]! ** 2 - 1) * (drawn[(i + 1) % COUNT]! ** 2 - 1)) / 2],
    ];
    for (const [name, product] of pairs) {
      let sum = 0;
      for (let i = 0; i < COUNT; i++) sum += product(i);
      expect(Math.abs(sum / COUNT), name).toBeLessThan(4.5 / Math.sqrt(COUNT));
    }
  });

  it("are pure functions of seed, name and counter, in bulk or one by one", () => {
    const one = stream(11, "normals");
    const scaled = stream(11, "normals").normals(new Float32Array(5000), 0.1);
    for (let i = 4999; i >= 0; i--) {
      expect(one.normal(i)).toBe(drawn[i]!);
      expect(scaled[i]!).toBe(Math.fround(0.1 * drawn[i]!));
    }
    expect(stream(11, "others").normal(0)).not.toBe(drawn[0]);
    expect(stream(11, "normals").normal(2 ** 32 + 3)).not.toBe(drawn[3]);
  });

  it("come by vectors to the same bits as one by one, in every length, both precisions, after every kind of odd draw", () => {
    const vectors = normalsFill({ signed: new Float64Array(512), sure: new Int32Array(256), wordStep: 1 });
    expect(vectors, "this engine has vectors: the comparison below is one").toBeDefined();
    for (const length of [64, 65, 66, 67, 4095, 4096, 4097, 30_001])
      for (const Floats of [Float32Array, Float64Array]) {
        const one = stream(length, "bits");
        const many = one.normals(new Floats(length), 0.37);
        const each = new Floats(length);
        for (let i = 0; i < length; i++) each[i] = 0.37 * one.normal(i);
        expect(new Uint8Array(many.buffer)).toEqual(new Uint8Array(each.buffer));
      }
  });
});
