import * as z from "zod";
import { growthRate, lnFactor } from "../doctor/shared/fact-schemas.js";
import { programFields } from "../graph/site.js";
import { withNonFinite } from "../util/json.js";
import { CAUSES, DECISIONS, LAWS, REPLICATES } from "../verdict/types.js";
import { list, object, optionalReal, real, whole } from "../util/json.js";
import { findingSchema } from "./finding-record.js";
import { jsonSchema, recordFrom } from "./json.js";
import { block, model, settings } from "./network-fields.js";

// The record that `isograd check --json` writes: the contract of the command line. Fields may be added, never renamed.
// In JSON non-finite numbers are the strings "NaN", "Infinity" and "-Infinity"; null means not defined.

const trunkRow = object({
  value: z.string().meta({ description: "The file's name of the value." }),
  depth: whole,
  op: z.string().nullable(),
  boundary: z.boolean().meta({ description: "Whether a block begins or ends here." }),
  nesting: whole.meta({ description: "0 on the trunk of the whole network, more inside spliced forks (time steps, a long skip)." }),
  lnGradient: optionalReal.meta({
    description: "ln of the Frobenius norm of d(mean loss)/d value over the whole tensor, batch included, unscaled.",
  }),
  lnActivation: optionalReal.meta({ description: "½ ln mean x²." }),
  low: optionalReal.meta({
    description:
      "95 % interval of the mean of ln‖g‖ over the replicates; of N examples + ½ ln N, so that N alike ones give lnGradient. Where a few examples outweigh the rest, lnGradient lies above it. Null where there is none.",
  }),
  high: optionalReal.meta({ description: "The upper end of that interval." }),
  lnScaleFree: optionalReal.meta({ description: "ln of the gradient scale coefficient up to the last row (0 there)." }),
  cosine: optionalReal.meta({ description: "Mean pairwise cosine of the examples." }),
  centredShare: optionalReal.meta({ description: "Share of mean x² that differs between the examples." }),
  ...programFields,
}).meta({ id: "trunkRow", description: "One cut of the trunk." });

const blockRow = object({
  name: z.string().meta({ description: "The module that its weights share, else the value that it ends with." }),
  from: z.string().meta({ description: "The value of the trunk that it begins with." }),
  to: z.string().meta({ description: "The value of the trunk that it ends with." }),
  fromDepth: whole,
  toDepth: whole,
  kind: block.kind,
  skip: block.skip,
  branchScale: optionalReal.meta({ description: "Factor on its branch; null where there is none." }),
  role: block.role,
  norms: list(z.string()),
  lnGain: optionalReal.meta({ description: "ln of the factor on the squared gradient norm, output to input." }),
  lnBranchGain: optionalReal.exactOptional().meta({
    description:
      "The same of the branch alone: what it adds to the gradient of its input, over the block's output. Null where the block is no residual or dense one.",
  }),
  ...programFields,
}).meta({ id: "blockRow", description: "One block of the trunk." });

const parameterRow = object({
  name: z.string(),
  shape: list(whole),
  lnGradient: optionalReal.meta({ description: "ln of the norm of its gradient." }),
  lnWeight: optionalReal.meta({ description: "ln of its own norm." }),
  lnUpdateRatio: optionalReal
    .exactOptional()
    .meta({ description: "ln of lr·‖gradient‖/‖weight‖ of a step of plain gradient descent; null without a learning rate." }),
  lostFloat16: optionalReal.meta({ description: "Share of its non-zero gradient elements that would become 0 in float16." }),
  lostBfloat16: optionalReal.meta({ description: "The same share in bfloat16." }),
  ...programFields,
});

const unitRow = object({
  value: z.string(),
  op: z.string(),
  dead: optionalReal.meta({ description: "Share of units (features; channels of a map) that are zero for every example of the batch." }),
  saturated: optionalReal.meta({ description: "Share of units that are flat for every example of the batch." }),
  size: whole,
  ...programFields,
});

const nonFinite = object({
  direction: z.enum(["forward", "backward"]),
  node: z.string().meta({ description: "The file's node that makes it; for a cotangent the node that it flows back through." }),
  op: z.string(),
  value: z.string(),
  operands: list(object({ name: z.string(), low: real, high: real })).meta({ description: "Least and largest element of its operands." }),
  example: whole.nullable().meta({ description: "The first example that shows it." }),
  examples: whole.nullable().exactOptional().meta({ description: "In how many examples of the batch; null where it has no row for each." }),
  of: whole.exactOptional().meta({ description: "Examples in the batch." }),
  kind: z.enum(["NaN", "infinity"]),
  count: whole.meta({ description: "Elements that are not finite." }),
  elements: whole,
}).meta({ id: "nonFinite", description: "The first cause of a loss, an output or a gradient that is not finite; null where all are finite." });

const cure = object({ factor: real, verdict: z.enum(DECISIONS) }).nullable();

const chainRow = object({
  name: z.string().meta({ description: "Its first and its last block." }),
  output: z.string().meta({ description: "The output, or the value on the way to it, that its trunk leads to." }),
  from: z.string().meta({ description: "The value that it begins with." }),
  to: z.string().meta({ description: "The value that it ends with." }),
  blocks: whole,
  verdict: z.enum(DECISIONS),
  cause: z.enum(CAUSES).nullable(),
  law: z.enum(LAWS),
  growth: object({ gradient: growthRate, scaleFree: growthRate }),
  spread: object({ rise: lnFactor, fall: lnFactor }),
  cure: cure
    .exactOptional()
    .meta({ description: "One factor on all its weight matrices and kernels, and the verdict on it with that; null where none was tried." }),
  sentence: z.string().meta({ description: "Its verdict in one sentence." }),
}).meta({ id: "chainRow", description: "One chain of blocks of one kind, on one trunk." });

const coverage = object({
  output: z.string().meta({ description: "The output that was judged." }),
  parametersJudged: whole.meta({ description: "Parameters in blocks that were judged." }),
  parametersTotal: whole,
  blocks: whole.meta({ description: "Blocks of all trunks." }),
  notLookedAt: list(object({ what: z.string(), why: z.string() })),
}).meta({ id: "coverage", description: "What was looked at, and what was not." });

/** The JSON form of a check-up: what `isograd check --json` writes. Decoding it gives a {@link CheckRecord}; unknown fields are kept. */
export const checkSchema = object({
  schema: z.literal("isograd/check/1"),
  model,
  settings: settings.meta({
    description: "Every choice that was made for the user: inputs drawn, dims bound, loss, runtime, seed.",
  }),
  verdict: z.enum(DECISIONS),
  cause: z.enum(CAUSES).nullable(),
  law: z.enum(LAWS),
  sentence: z.string().meta({ description: "The verdict in one sentence of plain words." }),
  statement: z.string().exactOptional().meta({ description: "The same sentence without the verdict before it, for texts that have just named it." }),
  graph: z.enum(["training", "inference"]).exactOptional().meta({
    description: "`inference`: the norms were folded into the convolutions before them, and what trains is another network.",
  }),
  stored: object({ verdict: z.enum(DECISIONS), cause: z.enum(CAUSES).nullable(), growth: object({ gradient: growthRate, scaleFree: growthRate }) })
    .nullable()
    .exactOptional()
    .meta({ description: "Where norms of the file are in inference mode: what it gives as stored; all else is with the statistics of the batch." }),
  chains: list(chainRow).exactOptional().meta({ description: "Every chain of blocks that was judged; the verdict is that on the gravest." }),
  cure: cure.exactOptional().meta({
    description:
      "One factor on all weight matrices and kernels of the gravest ill chain, found in at most four runs, and the verdict on the network with it and with those of the other chains (see `chains`); null where none was tried.",
  }),
  setAside: list(object({ name: z.string(), why: z.string() }))
    .exactOptional()
    .meta({ description: "Tensors that a gradient could reach and that are not trained: buffers, masks, what was frozen." }),
  coverage: coverage.exactOptional(),
  loss: optionalReal,
  trunk: list(trunkRow).meta({ description: "Input to output." }),
  blocks: list(blockRow),
  growth: object({ gradient: growthRate, scaleFree: growthRate }),
  replicates: object({ over: z.enum(REPLICATES), count: whole })
    .nullable()
    .exactOptional()
    .meta({ description: "What the verdict averages over, and the band of the picture with it; null where there is one profile only." }),
  spread: object({ rise: lnFactor, fall: lnFactor })
    .nullable()
    .meta({ description: "Largest rise and fall of ln gradient norm, output to input, over the body." }),
  parameters: list(parameterRow),
  units: list(unitRow).meta({ description: "The outputs of activation functions." }),
  precision: object({
    lossScale: optionalReal.meta({
      description: "The power of two that fits this batch's gradients into float16; null, and its logarithm only, where it is beyond a double.",
    }),
    lnLossScale: optionalReal.exactOptional(),
    lostFloat16: optionalReal,
    lostBfloat16: optionalReal,
  }).nullable(),
  curvature: object({ lambdaMax: optionalReal, limit: optionalReal, learningRate: optionalReal }).nullable(),
  nonFinite: nonFinite.nullable().exactOptional(),
  findings: list(findingSchema),
  ignored: list(object({ entry: z.string(), by: z.string(), matched: whole }))
    .exactOptional()
    .meta({
      description:
        "Every entry RULE or RULE@SITE that was to be ignored, where it was given, and how many findings it accepts; 0: nothing matches it any more. Absent where none was given.",
    }),
  seconds: real,
  command: z.string().exactOptional().meta({ description: "The command line that makes this record again." }),
  fit: object({ label: z.string(), points: list(object({ depth: whole, lnGradient: real })) })
    .nullable()
    .exactOptional()
    .meta({ description: "The law that was decided for, as a line through the profile; null where none is decided." }),
}).meta({ title: "isograd check-up", description: "The record that `isograd check --json` writes. Fields may be added." });

/** A check-up of a network. */
export type CheckRecord = z.output<typeof checkSchema>;
/** One cut of the trunk. */
export type TrunkRow = CheckRecord["trunk"][number];
/** One block; `from` and `to` are values of the trunk. */
export type BlockRow = CheckRecord["blocks"][number];
/** One chain. */
export type ChainRow = NonNullable<CheckRecord["chains"]>[number];
/** One parameter. */
export type ParameterRow = CheckRecord["parameters"][number];
/** The output of one activation function. */
export type UnitRow = CheckRecord["units"][number];
/** A rate of growth with its interval. */
export type Growth = CheckRecord["growth"]["gradient"];
/** A spread of ln‖g‖ with its interval. */
export type Spread = NonNullable<CheckRecord["spread"]>["rise"];
/** Something worth telling about the network. */
export type Finding = CheckRecord["findings"][number];

/** Returns the published JSON schema. */
export const checkJsonSchema = (): Record<string, unknown> => jsonSchema(checkSchema);

/** Returns the record as JSON, one row of a list a line; numbers that are not finite become strings. */
export function checkJson(record: CheckRecord): string {
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

/** Returns the record that a JSON text holds. Error `file/read` when it is none. */
export const checkFromJson = (text: string): CheckRecord =>
  recordFrom(text, checkSchema, { what: "the record of a check-up", name: "isograd/check/1", by: "isograd check --json" });
