import * as z from "zod";
import { SITE_KINDS } from "../graph/site.js";
import { QUANTITY_NAMES } from "../probe/quantities.js";
import { list, object, optionalReal, real, whole } from "../util/json.js";
import { findingSchema } from "./finding-record.js";
import { jsonSchema, recordFrom, recordJson } from "./json.js";
import { block, model, settings } from "./network-fields.js";

// The record that `isograd train --json` writes: the contract of the command line. Fields may be added, never renamed.

const data = object({
  name: z.string(),
  about: z.string().meta({ description: "What it is and where it comes from." }),
  examples: whole.meta({ description: "Examples that were trained on." }),
  validation: whole.meta({ description: "Examples that it was scored by." }),
  classes: whole.nullable(),
  standardised: list(object({ input: z.string(), mean: list(real), deviation: list(real) })).meta({
    description:
      "By what --standardise changed each input, channel by channel: x becomes (x − mean)/deviation; deviation 0: the channel is constant and was left. A network that is used later needs its inputs so.",
  }),
});

const diverged = object({
  step: whole.meta({ description: "The first step whose loss, gradient or weights are not finite, from 0 on." }),
  loss: real,
  broken: list(z.string()).meta({ description: "What of the state the step made non-finite." }),
  examples: list(whole).meta({ description: "Numbers of the examples of its batch, as the data set has them." }),
  where: z.enum(["forward", "backward", "update"]).meta({ description: "Whether values, gradients, or the changed weights were the first." }),
  told: z.string().meta({ description: "What happened, in sentences." }),
  findings: list(findingSchema).meta({ description: "What a check-up of the step finds." }),
});

const row = object({
  quantity: z.enum(QUANTITY_NAMES),
  site: whole.meta({ description: "Its place's number in `sites`." }),
  steps: list(whole),
  values: list(real),
});

const site = object({ kind: z.enum(SITE_KINDS), name: z.string() });

const fields = {
  schema: z.literal("isograd/train/1"),
  model,
  data,
  options: z.record(z.string(), z.unknown()).meta({ description: "How it was trained, every choice made." }),
  settings,
  steps: whole.meta({ description: "Steps that were made." }),
  loss: optionalReal.meta({ description: "The loss of the last step; the validation loss is among the readings." }),
  accuracy: optionalReal.meta({
    description: "Share of the validation examples that the trained network classifies rightly; null where there are no classes or no such examples.",
  }),
  diverged: diverged.nullable(),
  best: object({ step: whole, loss: optionalReal, accuracy: optionalReal })
    .nullable()
    .meta({ description: "The best score on the validation examples, and after how many steps." }),
  overfit: object({ examples: whole, learned: z.boolean(), step: whole.nullable(), told: z.string() })
    .nullable()
    .meta({ description: "Whether the examples of --overfit were learned by heart, and what stands in the way." }),
  setAside: list(object({ name: z.string(), why: z.string() })),
  blocks: list(object({ name: z.string(), from: whole, to: whole, kind: block.kind, skip: block.skip, norms: list(z.string()) })).meta({
    description: "The blocks of the trunk, by numbers of sites.",
  }),
  trunk: list(whole).meta({ description: "Numbers of the sites along the trunk, from input to output." }),
  sites: list(site),
  parameters: list(object({ site: whole, shape: list(whole) })).meta({
    description: "The parameters that were measured, by numbers of sites, each with its shape.",
  }),
  readings: list(row).meta({ description: "What was measured in training, by quantity and place." }),
  seconds: real,
  command: z.string().exactOptional(),
};

const schema = object(fields).meta({
  title: "isograd train",
  description: "The record that `isograd train --json` writes, and record.json in the folder of a run. Fields may be added.",
});

/** What a training run gave. */
export type TrainRecord = z.output<typeof schema>;

/** How far a run is. */
export interface TrainProgress {
  /** Steps that have been made, of how many. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly accuracy: number | null;
  readonly examplesPerSecond: number;
}

/** The JSON schema of the record, as it is published. */
export const trainJsonSchema = (): Record<string, unknown> => jsonSchema(schema);

/** Writes the record as JSON text. */
export const trainJson = (record: TrainRecord): string => recordJson(record);

/** Reads a record. Error `file/read`. */
export const trainFromJson = (text: string): TrainRecord =>
  recordFrom(text, schema, { what: "the record of a training run", name: "isograd/train/1", by: "isograd train --json" });
