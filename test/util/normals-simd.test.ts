import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import wabt from "wabt";
import { stream } from "../../src/util/random.js";
import { NORMALS_WASM } from "../../src/util/normals-simd.wasm.js";

describe("the WebAssembly module of normal draws", () => {
  it("is what the assembler makes of normals-simd.wat", async () => {
    const { parseWat } = await wabt();
    const source = readFileSync(new URL("../../src/util/normals-simd.wat", import.meta.url), "utf8");
    const module = parseWat("normals-simd.wat", source, { simd: true });
    expect(NORMALS_WASM, "node tools/wat.mjs writes it anew").toBe(Buffer.from(module.toBinary({}).buffer).toString("base64"));
  });

  it("gives the bits of single draws: any seed, length, scale and precision", () => {
    const cases = fc.record({
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      length: fc.oneof(fc.integer({ min: 64, max: 2500 }), fc.constantFrom(4095, 4097, 8191, 8195)),
      scale: fc.constantFrom(1, 0.37, -2, 1e-30, 1e30),
      Floats: fc.constantFrom(Float32Array, Float64Array),
    });
    fc.assert(
      fc.property(cases, ({ seed, length, scale, Floats }) => {
        const draws = stream(seed, "bits");
        const each = new Floats(length);
        for (let i = 0; i < length; i++) each[i] = scale * draws.normal(i);
        expect(Buffer.compare(Buffer.from(draws.normals(new Floats(length), scale).buffer), Buffer.from(each.buffer))).toBe(0);
      }),
      { numRuns: 300, seed: 5 },
    );
  });
});
