import * as z from "zod";
import type { CheckRecord } from "./check-record.js";
import { withNonFinite } from "../util/json.js";
import { findingSchema } from "./finding-schema.js";
import { optionalReal, real, recordFrom } from "./json.js";

const whole = z.number().int().nonnegative();

const trunkRow = z
  .looseObject({
    value: z.string().meta({ description: "The file's name of the value." }),
    depth: whole,
    op: z.string().nullable(),
    boundary: z.boolean().meta({ description: "Whether a block begins or ends here." }),
    nesting: whole.meta({ description: "0 on the trunk of the whole network, more inside spliced forks." }),
    lnGradient: optionalReal.meta({ description: "ln of the Frobenius norm of d(mean loss)/d value, batch included, unscaled." }),
    lnActivation: optionalReal.meta({ description: "½ ln mean x²." }),
    low: optionalReal.meta({ description: "95 % interval of the mean of ln‖g‖ over the replicates (of N examples + ½ ln N)." }),
    high: optionalReal,
    lnScaleFree: optionalReal.meta({ description: "ln of the gradient scale coefficient up to the last row." }),
    cosine: optionalReal.meta({ description: "Mean pairwise cosine of the examples." }),
    centredShare: optionalReal.meta({ description: "Share of mean x² that differs between the examples." }),
  })
  .meta({ id: "trunkRow" });

const blockRow = z
  .looseObject({
    name: z.string().meta({ description: "The module that its weights share, else the value that it ends with." }),
    from: z.string().meta({ description: "The value of the trunk that it begins with." }),
    to: z.string(),
    fromDepth: whole,
    toDepth: whole,
    kind: z.enum(["plain", "residual", "gated", "dense", "other"]),
    skip: z.enum(["identity", "projection", "scaled"]).nullable(),
    branchScale: optionalReal,
    role: z.enum(["stem", "body", "head"]),
    norms: z.array(z.string()),
    lnGain: optionalReal.meta({ description: "ln of the factor on the squared gradient norm, output to input." }),
    lnBranchGain: optionalReal.exactOptional().meta({ description: "The same of the branch alone, of residual and dense blocks." }),
  })
  .meta({ id: "blockRow" });

const growth = z
  .looseObject({
    perBlock: optionalReal.meta({ description: "Factor on the square per block, output to input, over the body." }),
    low: optionalReal,
    high: optionalReal,
    over: z.enum(["examples", "batches", "blocks", "reinitialisations"]).nullable(),
  })
  .meta({ id: "growth" });

const spread = z.looseObject({ value: real, low: real, high: real }).meta({ id: "spread" });

const nonFinite = z
  .looseObject({
    direction: z.enum(["forward", "backward"]),
    node: z.string().meta({ description: "The file's node that makes it; for a cotangent the node that it flows back through." }),
    op: z.string(),
    value: z.string(),
    operands: z.array(z.looseObject({ name: z.string(), low: real, high: real })).meta({ description: "Least and largest element of its operands." }),
    example: whole.nullable().meta({ description: "The first example that shows it." }),
    kind: z.enum(["NaN", "infinity"]),
    count: whole.meta({ description: "Elements that are not finite." }),
    elements: whole,
  })
  .meta({ id: "nonFinite" });

/** The JSON form of a check-up: what `isograd check --json` writes. Decoding it gives a {@link CheckRecord}; unknown fields are kept. */
export const checkSchema: z.ZodType<CheckRecord> = z
  .looseObject({
    schema: z.literal("isograd/check/1"),
    model: z.looseObject({ name: z.string(), nodes: whole, parameters: whole, opset: whole, producer: z.string() }),
    settings: z.array(z.looseObject({ what: z.string(), value: z.string() })),
    verdict: z.enum(["healthy", "vanishing", "exploding", "mixed", "undecided"]),
    cause: z.enum(["units", "dynamics"]).nullable(),
    law: z.enum(["exponential", "sub-exponential", "undetermined"]),
    sentence: z.string(),
    loss: optionalReal,
    trunk: z.array(trunkRow).meta({ description: "Input to output." }),
    blocks: z.array(blockRow),
    growth: z.looseObject({ gradient: growth, scaleFree: growth }),
    replicates: z
      .looseObject({ over: z.enum(["examples", "batches"]), count: whole })
      .nullable()
      .exactOptional()
      .meta({ description: "What the verdict averages over; null where there is one profile only." }),
    spread: z.looseObject({ rise: spread, fall: spread }).nullable(),
    parameters: z.array(
      z.looseObject({
        name: z.string(),
        shape: z.array(whole),
        lnGradient: optionalReal,
        lnWeight: optionalReal,
        lnUpdateRatio: optionalReal.exactOptional().meta({ description: "ln of lr·‖gradient‖/‖weight‖; null without a learning rate." }),
        lostFloat16: optionalReal,
        lostBfloat16: optionalReal,
      }),
    ),
    units: z.array(z.looseObject({ value: z.string(), op: z.string(), dead: optionalReal, saturated: optionalReal, size: whole })),
    precision: z
      .looseObject({ lossScale: optionalReal, lnLossScale: optionalReal.exactOptional(), lostFloat16: optionalReal, lostBfloat16: optionalReal })
      .nullable(),
    curvature: z.looseObject({ lambdaMax: optionalReal, limit: optionalReal, learningRate: optionalReal }).nullable(),
    nonFinite: nonFinite.nullable().exactOptional(),
    findings: z.array(findingSchema),
    seconds: real,
    command: z.string().exactOptional(),
    fit: z
      .looseObject({ label: z.string(), points: z.array(z.looseObject({ depth: whole, lnGradient: real })) })
      .nullable()
      .exactOptional(),
  })
  .meta({ title: "isograd check-up", description: "The record that `isograd check --json` writes. Fields may be added." });

/** The published JSON schema, draft 2020-12. */
export function checkJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(checkSchema, { io: "input" });
}

/** The record as JSON, one row of a list a line; numbers that are not finite become strings. */
export function toJson(record: CheckRecord): string {
  const compact = (v: unknown): string => JSON.stringify(v, withNonFinite) ?? "null";
  const lines = Object.entries(record)
    .filter(([, v]) => v !== undefined)
    .map(([key, v]) => {
      const rows: unknown = v;
      const many = Array.isArray(rows) && rows.length > 0;
      return `  ${JSON.stringify(key)}: ${many ? `[\n${rows.map((r) => `    ${compact(r)}`).join(",\n")}\n  ]` : compact(rows)}`;
    });
  return `{\n${lines.join(",\n")}\n}`;
}

/** The record that a JSON text holds. Error `file/read` when it is none. */
export const fromJson = (text: string): CheckRecord =>
  recordFrom(text, checkSchema, { what: "the record of a check-up", name: "isograd/check/1", by: "isograd check --json" });
