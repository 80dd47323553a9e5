import * as z from "zod";
import { list, object, optionalReal, real, whole } from "../util/json.js";
import { jsonSchema, recordFrom, recordJson } from "./json.js";
import { block, model, settings } from "./network-fields.js";

const cut = object({
  name: z.string(),
  depth: whole,
  lnGradientSquare: optionalReal.meta({ description: "ln ‖g‖² over that at the last cut of the same segment; null where no law reaches." }),
  lnMeanSquare: optionalReal.meta({ description: "ln of the mean of x²; null where no law reaches." }),
  segment: whole.meta({ description: "Gradients are comparable within a segment: an op without a law ends one." }),
}).meta({ id: "cut", description: "One cut of the trunk." });

const blockRow = object({
  name: z.string(),
  from: z.string().meta({ description: "The value of the trunk that it begins with." }),
  to: z.string().meta({ description: "The value of the trunk that it ends with." }),
  ...block,
  lnGain: optionalReal.meta({ description: "ln of the factor on the squared gradient, output to input; null where no law reaches." }),
  lnMeanSquare: optionalReal.meta({ description: "ln of the mean square of its output; null where no law reaches." }),
}).meta({ id: "block", description: "What theory says of one block." });

const withoutLaw = object({
  op: z.string(),
  reason: z.string(),
  count: whole.meta({ description: "How many such ops there are." }),
  node: z.string().meta({ description: "The first of their nodes." }),
}).meta({ id: "withoutLaw", description: "An op without a law." });

/** The JSON form of a prediction: what `isograd predict --json` writes. Decoding it gives a {@link PredictionRecord}; unknown fields are kept. */
export const predictionSchema = object({
  schema: z.literal("isograd/predict/1"),
  model,
  settings: settings.meta({ description: "Every choice that was made for the user: dims bound, inputs fixed." }),
  growth: object({
    ln: optionalReal.meta({ description: "ln of the factor over all blocks of the body that a law reaches." }),
    perBlock: optionalReal.meta({ description: "The factor per block: their geometric mean." }),
    blocks: whole.meta({ description: "Blocks of the body." }),
    known: whole.meta({ description: "How many of them a law reaches." }),
    sd: real.meta({ description: "Standard deviation of ln over draws of the weights, one example: to leading order in 1/width." }),
  }).meta({ description: "The squared gradient over the body, output to input." }),
  cuts: list(cut).meta({ description: "Input to output." }),
  blocks: list(blockRow),
  without: list(withoutLaw),
  assumptions: list(z.string()),
  source: z.string(),
  command: z.string().exactOptional().meta({ description: "The command line that makes this record again." }),
}).meta({
  title: "isograd predict",
  description: "The record that `isograd predict --json` writes. Logarithms are natural; null means that no law is known. Fields may be added.",
});

/** What theory predicts of a network. */
export type PredictionRecord = z.output<typeof predictionSchema>;
/** What theory says of one block. */
export type PredictedBlock = PredictionRecord["blocks"][number];
/** An op without a law, and how many such there are. */
export type WithoutLaw = PredictionRecord["without"][number];

/** Returns the published JSON schema. */
export const predictionJsonSchema = (): Record<string, unknown> => jsonSchema(predictionSchema);

/** Returns the record as JSON text: numbers that are not finite are the strings "NaN", "Infinity", "-Infinity". */
export const predictionJson = (record: PredictionRecord): string => recordJson(record);

/** Returns the record that a JSON text holds. Error `file/read` when it is none. */
export const predictionFromJson = (text: string): PredictionRecord =>
  recordFrom(text, predictionSchema, { what: "the record of a prediction", name: "isograd/predict/1", by: "isograd predict --json" });
