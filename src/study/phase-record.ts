import * as z from "zod";
import { estimate, law } from "./estimate-fields.js";
import { list, object, optionalReal, real, whole } from "../util/json.js";
import { jsonSchema, recordFrom, recordJson } from "./json.js";

const cell = object({
  sigmaW2: real,
  sigmaB2: real,
  measured: estimate.meta({
    description: "ln of the factor on the squared gradient per layer, output to input, over the last two thirds of the layers.",
  }),
  law: law.meta({ description: "What the recursion at this width says of the same layers." }),
  chi1: optionalReal.meta({ description: "χ₁ where the lengths end up, in the wide limit." }),
  phase: z.enum(["ordered", "critical", "chaotic", "unbounded"]).meta({ description: "The phase in the long run, in the wide limit." }),
  side: z
    .enum(["ordered", "chaotic", "undecided"])
    .meta({ description: "Whether the measured gradient falls or grows, its whole interval with it." }),
}).meta({ id: "cell", description: "One point of the plane." });

/** The JSON form of a phase diagram: what `isograd phase --json` writes. Decoding it gives a {@link PhaseRecord}; unknown fields are kept. */
export const phaseSchema = object({
  schema: z.literal("isograd/phase/1"),
  activation: z.string(),
  depth: whole.meta({ description: "Layers of every network." }),
  width: whole.meta({ description: "Units in each layer." }),
  seeds: whole.meta({ description: "Networks at every point." }),
  level: z.number().meta({ description: "Confidence of each interval: all of them hold at once with 95 %." }),
  sigmaW2: list(real).meta({ description: "σ_w², the weights' variance times the width." }),
  sigmaB2: list(real).meta({ description: "σ_b², the biases' variance." }),
  cells: list(cell).meta({ description: "Row by row of σ_b², in each by σ_w²." }),
  line: list(object({ sigmaW2: real, sigmaB2: real })).meta({
    description: "Theory's critical line χ₁ = 1, by σ_b²; empty where there is none in the plane that is shown.",
  }),
  sides: object({ same: whole, other: whole, undecided: whole }).meta({
    description: "How many cells lie on the side of the line where theory has them, how many on the other, and for how many that is not decided.",
  }),
  held: object({ equal: whole, different: whole, undecided: whole }).meta({
    description: "How many of the measured gains equal the recursion's, how many differ from it, and for how many that is not decided.",
  }),
  deviation: object({ mean: real, largest: real }).meta({ description: "|measured − recursion| per layer: mean and largest over the cells." }),
  assumptions: list(z.string()),
  source: z.string(),
  command: z.string().exactOptional().meta({ description: "The command line that makes this record again." }),
}).meta({ title: "isograd phase", description: "The record that `isograd phase --json` writes. Fields may be added." });

/** A phase diagram, measured over theory. */
export type PhaseRecord = z.output<typeof phaseSchema>;
/** One point of the plane. */
export type PhaseCell = PhaseRecord["cells"][number];

/** Returns the published JSON schema. */
export const phaseJsonSchema = (): Record<string, unknown> => jsonSchema(phaseSchema);

/** Returns the record as JSON text: numbers that are not finite are the strings "NaN", "Infinity", "-Infinity". */
export const phaseJson = (record: PhaseRecord): string => recordJson(record);

/** Returns the record that a JSON text holds. Error `file/read` when it is none. */
export const phaseFromJson = (text: string): PhaseRecord =>
  recordFrom(text, phaseSchema, { what: "the record of a phase diagram", name: "isograd/phase/1", by: "isograd phase --json" });
