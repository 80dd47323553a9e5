import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ARCHITECTURES } from "../../src/nn/architectures/index.js";
import { buildNet, parameterShapes } from "../../src/nn/build.js";
import { defaultOf } from "../../src/nn/describe.js";
import { listing } from "../../src/nn/listing.js";
import { COMMON_FIELDS, resolveNet } from "../../src/nn/spec.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { specFromWords } from "../../src/nn/spec-text.js";
import { IsogradError } from "../../src/util/errors.js";

const messageOf = (spec: unknown): string => {
  try {
    buildNet(spec as NetSpec);
  } catch (error) {
    expect(error).toBeInstanceOf(IsogradError);
    expect((error as IsogradError).code).toBe("spec/invalid");
    return (error as IsogradError).message;
  }
  throw new Error(`not refused: ${JSON.stringify(spec)}`);
};

describe("bad specs", () => {
  const cases: readonly (readonly [unknown, ...(string | RegExp)[]])[] = [
    [{ arch: "resnett" }, 'no architecture "resnett"', /expected mlp, .*densenet/, 'Did you mean "resnet"?'],
    [{}, 'has no "arch"'],
    [3, "a network spec is an object", "got 3"],
    [null, "a network spec is an object"],
    [["mlp"], "a network spec is an object"],
    [{ arch: "mlp", dept: 3 }, 'mlp has no field "dept"', /expected depth, width/, 'Did you mean "depth"?'],
    [{ arch: "mlp", depth: 0 }, '"depth"', "an integer of at least 1", "got 0"],
    [{ arch: "mlp", depth: 1e9 }, '"depth"', "at most 500000", "got 1000000000"],
    [{ arch: "mlp", width: 1e9 }, '"width"', "at most 1000000", "got 1000000000"],
    [{ arch: "mlp", depth: 2.5 }, '"depth"', "an integer of at least 1", "got 2.5"],
    [{ arch: "mlp", depth: 1e9 }, '"depth"'],
    [{ arch: "mlp", width: "64" }, '"width"', 'got "64"'],
    [{ arch: "mlp", activation: "rellu" }, '"activation"', "relu, tanh", 'Did you mean "relu"?'],
    [{ arch: "mlp", activation: { name: "leaky", alpha: "x" } }, '"activation.alpha"', "a number"],
    [
      {
        arch: "mlp",
        activation: {
          name: "piecewise",
          points: [
            [1, 0],
            [0, 0],
          ],
          before: 0,
          after: 1,
        },
      },
      '"activation.points" must rise in x',
    ],
    [{ arch: "mlp", norm: "bach" }, '"norm"', "none, batch, layer", 'Did you mean "batch"?'],
    [{ arch: "transformer", norm: "batch" }, '"norm"', "none, layer, rms"],
    [{ arch: "mlp", layer: "weight-nrom" }, '"layer" is an order of weight, norm and act', 'got "weight-nrom"'],
    [{ arch: "mlp", init: "hee" }, '"init"', "he, lecun", 'Did you mean "he"?'],
    [{ arch: "mlp", init: { shceme: "he" } }, 'init has no field "shceme"', 'Did you mean "scheme"?'],
    [{ arch: "mlp", init: { weightVariance: -1 } }, '"init.weightVariance"', "at least 0", "got -1"],
    [{ arch: "mlp", init: "fixed" }, '"init', "is needed by the scheme fixed"],
    [{ arch: "mlp", init: { std: 0.1 } }, '"init.std" is for the scheme fixed only'],
    [{ arch: "mlp", init: "fixup" }, "fixup is for networks with residual branches", "residual-mlp"],
    [{ arch: "mlp", batch: "a b" }, '"batch" is a size or the name of a free dim'],
    [{ arch: "mlp", seed: 0.5 }, '"seed"', "an integer"],
    [{ arch: "residual-mlp", branchScale: "1/sqrtL" }, '"branchScale"', 'Did you mean "1/sqrt(L)"?'],
    [{ arch: "resnet", depth: 51 }, '"depth"', "18, 34, 50, 101, 152, 200", "got 51"],
    [{ arch: "resnet-cifar", depth: 21 }, '"depth"', "6n + 2", "got 21", "The nearest are 20 and 26"],
    [{ arch: "transformer", width: 10, heads: 4 }, '"heads" does not divide "width"', "a divisor of 10"],
    [{ arch: "vgg", input: [3, 16, 16] }, "too small for so many poolings"],
    [{ arch: "rnn", activation: "sin" }, "the RNN op does not know this activation", "unrolled: true"],
    [{ arch: "plain-conv", width: 2, init: "delta-orthogonal" }, "a delta-orthogonal kernel cannot have more inputs than outputs"],
    [{ arch: "mlp", norm: "instance" }, '"norm"', "none, batch, layer, group, rms"],
    [{ arch: "resnet", input: [3, 224] }, '"input"', "a list of 3 numbers"],
    [{ arch: "plain-conv", kernel: 4 }, '"kernel"', "odd"],
  ];
  for (const [spec, ...parts] of cases) {
    it(`${JSON.stringify(spec)} is refused in one sentence`, () => {
      const message = messageOf(spec);
      for (const part of parts) expect(message).toMatch(typeof part === "string" ? new RegExp(part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")) : part);
      expect(message.split("\n").length).toBe(1);
      expect(message).not.toMatch(/undefined|\[object|Invalid input|ZodError/);
    });
  }

  it("never end in anything but an IsogradError", () => {
    const names = [...new Set(ARCHITECTURES.flatMap((a) => Object.keys(a.fields))), ...Object.keys(COMMON_FIELDS), "__proto__", "toString"];
    const value = fc.oneof(
      fc.integer({ min: -2, max: 6 }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom("batch", "none", "norm-act", "weight", "relu", "orthogonal", "projection", "pad", "1/L", "fixup", "mean", ""),
      fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom("scheme", "std", "trained", "name", "alpha", "points"), fc.oneof(fc.integer(), fc.constantFrom("he", "leaky"))),
    );
    const spec = fc.tuple(fc.constantFrom(...ARCHITECTURES.map((a) => a.name)), fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 3 }));
    // Small sizes, so that what is valid builds quickly.
    const small: Record<string, unknown> = {
      mlp: { width: 3 },
      resnet: { width: 1, units: [1], input: [3, 8, 8] },
      densenet: { layers: [1], growth: 1, width: 2, input: [3, 8, 8] },
    };
    fc.assert(
      fc.property(spec, ([arch, fields]) => {
        try {
          parameterShapes({ ...(small[arch] as object | undefined), arch, ...fields });
        } catch (error) {
          if (!(error instanceof IsogradError) || error.code === "internal/bug") throw error;
        }
      }),
      { seed: 4, numRuns: 400 },
    );
  });
});

describe("specs", () => {
  it("default to what they say: every field has a default or may be left out, and a description", () => {
    for (const a of ARCHITECTURES) {
      for (const [name, schema] of Object.entries({ ...a.fields, ...COMMON_FIELDS })) {
        expect(schema.safeParse(undefined).success, `${a.name}.${name}`).toBe(true);
        expect(schema.description, `${a.name}.${name}`).toBeTruthy();
        const shown = defaultOf(schema);
        // Given as shown, it is the default.
        if (shown !== undefined) expect(resolveNet({ arch: a.name, [name]: JSON.parse(shown) })).toEqual(resolveNet({ arch: a.name }));
      }
      expect(parameterShapes({ arch: a.name }).length).toBeGreaterThan(0);
    }
  });

  it("can be said in words", () => {
    expect(specFromWords(["residual-mlp", "depth=50", "norm=batch", "init.weightVariance=1.5", "input=[3,8,8]", "classes=null"])).toEqual({
      arch: "residual-mlp",
      depth: 50,
      norm: "batch",
      init: { weightVariance: 1.5 },
      input: [3, 8, 8],
      classes: null,
    });
    expect(specFromWords(['{"arch":"mlp","init":"lecun"}', "init.biasVariance=1", "depth=2"])).toEqual({
      arch: "mlp",
      init: { scheme: "lecun", biasVariance: 1 },
      depth: 2,
    });
    for (const [words, message] of [
      [["{"], /not JSON/],
      [["mlp", "depth"], /"depth" is no field/],
      [["mlp", "=3"], /no field/],
      [["mlp", "depth=3", "depth.x=1"], /not an object/],
    ] as const)
      expect(() => specFromWords(words)).toThrow(message);
  });

  it("are listed, and documented as they are", () => {
    const text = listing();
    for (const a of ARCHITECTURES) for (const name of Object.keys(a.fields)) expect(text).toContain(`    ${name}`);
    expect(Math.max(...text.split("\n").map((l) => l.length))).toBeLessThanOrEqual(100);
    const root = fileURLToPath(new URL("../..", import.meta.url));
    execFileSync(process.execPath, ["tools/nets-table.mjs", "--check"], { cwd: root });
  });
});
