import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { claimsNamed } from "../../src/claims/index.js";
import { buildNet } from "../../src/nn/build.js";
import { checkFromJson, checkJson, checkJsonSchema } from "../../src/study/check-record.js";
import { claims as decide } from "../../src/study/claims.js";
import { claimsFromJson, claimsJson, claimsJsonSchema } from "../../src/study/claims-record.js";
import type { ClaimRecord } from "../../src/study/claims-record.js";
import { phaseFromJson, phaseJson, phaseJsonSchema } from "../../src/study/phase-record.js";
import { phase } from "../../src/study/phase.js";
import { predict } from "../../src/study/predict.js";
import { predictionFromJson, predictionJson, predictionJsonSchema } from "../../src/study/prediction-record.js";
import { tensorsAsData } from "../../src/data/shared/tensors-as-data.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import { readOnnx } from "../../src/onnx/read.js";
import { train } from "../../src/study/train.js";
import { trainFromJson, trainJson, trainJsonSchema } from "../../src/study/train-record.js";
import type { TrainRecord } from "../../src/study/train-record.js";
import { RUNS } from "../report/train-samples.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { localQueue } from "../../src/jobs/local-queue.js";
import type { Queue } from "../../src/jobs/queue.js";
import { claims, lines } from "../report/claims-samples.js";
import { checkChain } from "../report/nets.js";
import { HOSTILE, SAMPLES } from "../report/samples.js";

// The records of all commands against their published schemas, judged by a library that did not write these.

/** A command's record, whatever its type. */
interface Kind {
  readonly schema: () => Record<string, unknown>;
  readonly json: (record: never) => string;
  readonly fromJson: (text: string) => unknown;
  /** Records, real ones among them, made when they are asked for. */
  readonly records: () => Promise<Readonly<Record<string, object>>>;
  /** Changes that make a record of it wrong. */
  readonly wrong: Readonly<Record<string, object>>;
  /** What an error calls it. */
  readonly called: RegExp;
}

let queue: Queue;
beforeAll(async () => {
  queue = localQueue({ runtime: nodeRuntime({ threads: 1 }) });
});
afterAll(() => queue.close());

const KINDS: Readonly<Record<string, Kind>> = {
  check: {
    schema: checkJsonSchema,
    json: checkJson,
    fromJson: checkFromJson,
    records: async () => ({
      healthy: await checkChain({ layers: 8 }),
      "drawn inputs": await checkChain({ layers: 4, inputs: 5 }, { drawn: true }),
      "NaN in a weight": await checkChain({ layers: 8, planted: NaN }),
      "a learning rate": await checkChain({ layers: 3 }, { learningRate: 0.1 }),
      ...SAMPLES,
    }),
    wrong: {
      "another schema": { schema: "isograd/check/2" },
      "a verdict that is none": { verdict: "fine" },
      "a number as text": { loss: "12" },
      "half a spread": { spread: { rise: { value: 1, low: 0, high: 2 } } },
      "a missing list": { blocks: undefined },
    },
    called: /not the record of a check-up/,
  },
  claims: {
    schema: claimsJsonSchema,
    json: claimsJson,
    fromJson: claimsFromJson,
    records: async () => {
      const told: ClaimRecord[] = [];
      const budget = { name: "quick", seeds: 3, depths: [3, 4, 6], width: 8 } as const;
      const decided = await decide(claimsNamed(["gradient-divided"]), {
        budget,
        queue,
        onVerdict: (claim) => told.push(claim),
      });
      expect(told).toEqual(decided.claims);
      expect(decided.claims[0]!.evidence.trials).toBeGreaterThan(0);
      expect(decided.command).toBe("npx isograd claims gradient-divided --quick");
      return { decided, "made up": claims };
    },
    wrong: {
      "another schema": { schema: "isograd/claims/2" },
      "a verdict that is none": { claims: [{ ...lines, verdict: "TRUE" }] },
      "a missing list": { claims: undefined },
      "a number as text": { level: "0.95" },
    },
    called: /not a record of claims/,
  },
  phase: {
    schema: phaseJsonSchema,
    json: phaseJson,
    fromJson: phaseFromJson,
    records: async () => {
      const request = { activation: "tanh", depth: 6, width: 8, seeds: 2, sigmaW2: [0.5, 3], sigmaB2: [0, 0.3] } as const;
      const measured = await phase(request, { queue });
      // Weights of variance 0 let nothing through, and an activation that grows with its square has no length to rest at.
      const dead = await phase({ ...request, activation: "relu", sigmaW2: [0, 8] }, { queue });
      expect(phaseJson(dead)).toMatch(/"(NaN|-?Infinity)"/);
      return { measured, dead, "with its command": { ...measured, command: "npx isograd phase" } };
    },
    wrong: {
      "another schema": { schema: "isograd/phase/2" },
      "a number as text": { level: "0.95" },
      "a missing count": { sides: { same: 1, other: 2 } },
      "a missing list": { cells: undefined },
    },
    called: /not the record of a phase diagram/,
  },
  predict: {
    schema: predictionJsonSchema,
    json: predictionJson,
    fromJson: predictionFromJson,
    records: async () => {
      const of = (spec: Parameters<typeof buildNet>[0]): ReturnType<typeof predict> => predict(buildNet(spec), { memoryLimit: 2 ** 30 });
      const plain = await of({ arch: "mlp", depth: 4, width: 8 });
      return {
        plain,
        residual: await of({ arch: "residual-mlp", depth: 3, width: 8 }),
        "without laws": await of({ arch: "transformer", depth: 2 }),
        "dead weights": await of({ arch: "mlp", depth: 4, width: 8, init: { scheme: "he", weightVariance: 0, biasVariance: 0 } }),
        "what is not finite": { ...plain, growth: { ...plain.growth, ln: -Infinity, perBlock: NaN, sd: Infinity } },
        "with its command": { ...plain, command: "npx isograd predict" },
      };
    },
    wrong: {
      "another schema": { schema: "isograd/predict/2" },
      "a number as text": { growth: { ln: "1", perBlock: 1, blocks: 1, known: 1, sd: 0 } },
      "a kind of block that is none": {
        blocks: [{ name: "a", from: "a", to: "b", kind: "odd", skip: null, role: "body", lnGain: 0, lnMeanSquare: 0 }],
      },
      "a missing list": { cuts: undefined },
    },
    called: /not the record of a prediction/,
  },
  train: {
    schema: trainJsonSchema,
    json: trainJson,
    fromJson: trainFromJson,
    records: async () => {
      const fixture = (name: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../fixtures/training/${name}`, import.meta.url)));
      const data = tensorsAsData(readSafetensors(fixture("mlp.batch.safetensors")), "batch");
      const of = async (lr: number): Promise<TrainRecord> => {
        const runtime = nodeRuntime({ threads: 1 });
        try {
          return await train(readOnnx(fixture("mlp.onnx"), { name: "mlp.onnx" }), {
            data,
            runtime,
            validation: "none",
            batchSize: "all",
            steps: 4,
            lr,
          });
        } finally {
          await runtime.close();
        }
      };
      const [real, wild] = [await of(0.01), await of(3e38)];
      expect(real.parameters.length).toBeGreaterThan(0);
      expect(real.parameters.map((q) => real.sites[q.site]!.kind)).toEqual(real.parameters.map(() => "parameter"));
      expect(wild.diverged).not.toBeNull();
      return { real, wild, ...RUNS };
    },
    wrong: {
      "another schema": { schema: "isograd/train/2" },
      "a number as text": { loss: "12" },
      "a missing list": { readings: undefined },
      "a block of no kind": { blocks: [{ name: "a", from: 1, to: 2, kind: "fine", skip: null, norms: [] }] },
    },
    called: /not the record of a training run/,
  },
};

describe.each(Object.entries(KINDS))("the record of %s", (name, kind) => {
  const published = readFileSync(new URL(`../../docs/${name}.schema.json`, import.meta.url), "utf8");
  const validate = new Ajv2020({ strict: false, allErrors: true }).compile(JSON.parse(published) as object);
  const faults = (json: string): readonly string[] =>
    validate(JSON.parse(json)) ? [] : (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message ?? ""}`);
  let records: readonly (readonly [string, object])[];
  beforeAll(async () => {
    records = Object.entries(await kind.records());
  }, 120_000);

  it("has the published schema (node tools/schema.mjs writes it)", () => {
    expect(published).toBe(`${JSON.stringify(kind.schema(), null, 2)}\n`);
  });

  it("is valid under it, and comes back from JSON as it was", () => {
    expect(records.length).toBeGreaterThan(1);
    for (const [what, record] of records) {
      const json = kind.json(record as never);
      expect(faults(json), what).toEqual([]);
      expect(kind.fromJson(json), what).toEqual(record);
      expect(kind.fromJson(kind.json(kind.fromJson(json) as never)), what).toEqual(record);
    }
  });

  it("lists every field of the records in the schema", () => {
    const known = Object.keys((JSON.parse(published) as { properties: object }).properties);
    for (const [what, record] of records) expect(known, what).toEqual(expect.arrayContaining(Object.keys(record)));
  });

  it.each(Object.entries(kind.wrong))("is refused with %s", (_, change) => {
    const json = JSON.stringify({ ...(JSON.parse(kind.json(records[0]![1] as never)) as object), ...change });
    expect(faults(json)).not.toEqual([]);
    expect(() => kind.fromJson(json)).toThrow(kind.called);
  });

  it("is refused in one sentence when it is no JSON at all", () => {
    expect(() => kind.fromJson("{")).toThrow(/not JSON/);
  });

  it("keeps what is added to it", () => {
    const json = JSON.stringify({ ...(JSON.parse(kind.json(records[0]![1] as never)) as object), more: HOSTILE[0] });
    expect(faults(json)).toEqual([]);
    expect(kind.fromJson(json)).toMatchObject({ more: HOSTILE[0] });
  });
});
