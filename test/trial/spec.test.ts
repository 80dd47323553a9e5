import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalJson, sha256 } from "../../src/trial/canonical.js";
import { familyOf, keyOf, parseTrial, versionOf } from "../../src/trial/spec.js";
import type { TrialRequest } from "../../src/trial/spec.js";

const request: TrialRequest = { net: { arch: "mlp", depth: 4, width: 8 }, measure: "profile", seed: 3 };

describe("canonical JSON", () => {
  it("is the same text for the same value, whatever the order of its keys", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const turned = (v: unknown): unknown =>
          Array.isArray(v)
            ? v.map(turned)
            : typeof v === "object" && v !== null
              ? Object.fromEntries(
                  Object.entries(v)
                    .reverse()
                    .map(([k, e]) => [k, turned(e)]),
                )
              : v;
        expect(canonicalJson(turned(value))).toBe(canonicalJson(value));
        // −0 is the one number whose text reads back as another.
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
      }),
    );
  });

  it("writes numbers in their shortest form, sorts by code units, leaves out what is undefined", () => {
    expect(canonicalJson({ b: 1.0, a: [1e21, 0.1, -0, 1e-7], é: null, Z: undefined, z: "\u2028" })).toBe(
      '{"a":[1e+21,0.1,0,1e-7],"b":1,"z":"\u2028","é":null}',
    );
  });

  it("refuses what JSON cannot hold, naming the place", () => {
    for (const bad of [NaN, Infinity, () => 1, undefined, 3n]) {
      expect(() => canonicalJson({ a: { b: bad === undefined ? [bad] : bad } })).toThrow(/"a\.b/);
    }
  });

  it("is hashed as everybody hashes it", async () => {
    for (const text of ["", "abc", "é\u{1F600}"]) expect(await sha256(text)).toBe(createHash("sha256").update(text).digest("hex"));
  });
});

describe("a trial's spec", () => {
  it("is filled in with defaults, and parsing it again changes nothing", () => {
    const spec = parseTrial(request);
    expect(spec.batch).toEqual({ examples: 16, inputs: "gaussian", seed: 3 });
    expect(spec.measure).toEqual({ name: "profile", loss: "none", cotangents: 1, parameters: false });
    expect(spec.net).toMatchObject({ arch: "mlp", depth: 4, width: 8, activation: "relu" });
    expect(parseTrial(spec)).toEqual(spec);
    expect(parseTrial(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  });

  it("has one key, however it is written, and another for another trial", async () => {
    const key = await keyOf(parseTrial(request));
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    const same: TrialRequest[] = [
      { seed: 3, measure: { name: "profile" }, net: { width: 8, arch: "mlp", depth: 4 } },
      { ...request, batch: { seed: 3 }, dtype: "float32" },
      { ...request, net: { ...request.net, activation: "relu", init: "he" } },
    ];
    for (const s of same) expect(await keyOf(parseTrial(s))).toBe(key);
    const others: TrialRequest[] = [
      { ...request, seed: 4 },
      { ...request, dtype: "float64" },
      { ...request, batch: { examples: 17 } },
      { ...request, batch: { seed: 4 } },
      { ...request, net: { ...request.net, depth: 5 } },
      { ...request, measure: { name: "profile", parameters: true } },
    ];
    const keys = await Promise.all(others.map(async (s) => keyOf(parseTrial(s))));
    expect(new Set([key, ...keys]).size).toBe(others.length + 1);
  });

  it("has the version of the measuring code in its key", async () => {
    const spec = parseTrial(request);
    expect(versionOf(spec)).toMatch(/^\d+\.\d+$/);
    expect(await keyOf(spec)).toBe(
      createHash("sha256")
        .update(canonicalJson({ spec, version: versionOf(spec) }))
        .digest("hex"),
    );
  });

  it("is of one family with those that differ by their seeds only", () => {
    const family = familyOf(parseTrial(request));
    expect(familyOf(parseTrial({ ...request, seed: 9 }))).toBe(family);
    expect(familyOf(parseTrial({ ...request, batch: { seed: 77 } }))).toBe(family);
    expect(familyOf(parseTrial({ ...request, dtype: "float64" }))).not.toBe(family);
    expect(familyOf(parseTrial({ ...request, batch: { examples: 3 } }))).not.toBe(family);
  });

  const bad: readonly [string, unknown, RegExp][] = [
    ["nothing", undefined, /trial: .*expected an object|no valid record/i],
    ["an unknown field", { ...request, sed: 1 }, /no field "sed".*did you mean "seed"/i],
    ["a seed that is no integer", { ...request, seed: 1.5 }, /"seed" is not valid.*integer.*1\.5/i],
    ["a batch of none", { ...request, batch: { examples: 0 } }, /"batch\.examples".*at least 1|above 0/i],
    ["an unknown field of the batch", { ...request, batch: { example: 3 } }, /"batch" has no field "example".*did you mean "examples"/i],
    ["unknown inputs", { ...request, batch: { inputs: "gausian" } }, /"batch\.inputs".*did you mean "gaussian"/i],
    ["an unknown dtype", { ...request, dtype: "float16" }, /"dtype".*float32, float64/i],
    ["no measurement", { net: request.net }, /"measure" is not valid/i],
    ["an unknown measurement", { ...request, measure: "profil" }, /no measurement "profil".*did you mean "profile"/i],
    ["an unknown option", { ...request, measure: { name: "profile", cotangent: 2 } }, /no field "cotangent".*did you mean "cotangents"/i],
    ["an option out of range", { ...request, measure: { name: "profile", cotangents: 0 } }, /"cotangents".*from 1/i],
    ["an unknown architecture", { ...request, net: { arch: "mpl" } }, /no architecture "mpl".*did you mean "mlp"/i],
    ["a seed of the network's own", { ...request, net: { arch: "mlp", seed: 3 } }, /has no "seed" of its own.*beside the network/i],
  ];
  it.each(bad)("is refused in one sentence: %s", (_, value, sentence) => {
    expect(() => parseTrial(value)).toThrow(expect.objectContaining({ code: "spec/invalid" }) as Error);
    expect(() => parseTrial(value)).toThrow(sentence);
  });
});
