import * as z from "zod";
import { VERDICTS } from "../claims/claim.js";
import type { Factors } from "../claims/shared/factors.js";
import { estimate, law } from "./estimate-fields.js";
import { list, object, real, whole } from "../util/json.js";
import { jsonSchema, recordFrom, recordJson } from "./json.js";

// What pages and texts compare fields of the record with.
export { VERDICTS } from "../claims/claim.js";
export { GROWTH } from "../claims/shared/evidence-rows.js";
export { sameFactors } from "../claims/shared/factors.js";
export type { Factors } from "../claims/shared/factors.js";
export { joinedParts, labelParts } from "../claims/shared/label.js";
export type { LabelPart } from "../claims/shared/label.js";
export { numberOf } from "../claims/shared/quantity.js";
export type { Quantity } from "../claims/shared/quantity.js";

const factors = (z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])) as unknown as z.ZodType<Factors, Factors>).meta({
  id: "factors",
  description:
    "What distinguishes the arm from the others of its claim: skip, norm, activation, branch scale, …; a factor that is not given has its usual value. Absent where the number is about no single arm.",
});

const quantity = object({
  kind: z.enum(["number", "logarithm"]).meta({ description: "`logarithm`: the number is a natural logarithm, and pages write it as a factor." }),
  of: z.string().meta({ description: "What is measured, in words; of a logarithm, what it is taken of." }),
}).meta({ id: "quantity", description: "What the number is. Absent in records of earlier versions, whose numbers are plotted as they are." });

const evidenceRow = object({
  what: z.string().meta({ description: "What the number is, unit included; ln is the natural logarithm." }),
  quantity: quantity.exactOptional(),
  arm: z.string().meta({ description: "The readable name of the arm, made from its factors." }),
  factors: factors.exactOptional(),
  role: z.enum(["test", "control", "contrast"]),
  depth: whole.nullable().meta({ description: "Null where it is about all depths." }),
  x: object({ axis: z.string(), value: real }).exactOptional().meta({
    description: "Its place on the axis of the claim's picture, where that axis is not the depth: a gain, a width, a learning rate.",
  }),
  measured: estimate,
  law: law.nullable().meta({ description: "Null where no law is known, or none is compared with this number." }),
}).meta({ id: "figure" });

const claim = object({
  id: z.string(),
  sentence: z.string().meta({ description: "As it was said." }),
  from: z.string().meta({ description: "Where it was said." }),
  verdict: z.enum(VERDICTS),
  evidence: object({
    summary: z.string().meta({ description: "What was found." }),
    figures: list(evidenceRow),
    picture: z.string().nullable().meta({ description: "Which figures its picture shows, by their `what`; null for those of the first." }),
    trials: whole,
    experiment: z.string(),
    rule: z.string().nullable().meta({ description: "What each verdict takes; null where the claim is pending." }),
    assumptions: list(z.string()),
    source: z.string().nullable(),
    missing: z.string().nullable().meta({ description: "Evidence that was not measured, although there is a verdict on the rest." }),
  }),
  command: z.string().meta({ description: "What measures it again." }),
}).meta({ id: "claim" });

/** The JSON form of decided claims: what `isograd claims --json` writes. Decoding it gives a {@link ClaimsRecord}; unknown fields are kept. */
export const claimsSchema = object({
  schema: z.literal("isograd/claims/1"),
  size: object({
    name: z.enum(["quick", "full"]),
    seeds: whole.meta({ description: "At the greatest depth; shallower arms have more." }),
    depths: list(whole),
    width: whole,
  }),
  panel: whole.meta({ description: "How many claims are decided together, whichever were asked for." }),
  level: z.number().meta({ description: "Confidence of every interval: 1 − .05/panel." }),
  claims: list(claim),
  answer: z.string().meta({ description: "The answer to the question, of what was decided; may be empty." }),
  command: z.string().meta({ description: "What measures all of it again." }),
}).meta({ title: "isograd claims", description: "The record that `isograd claims --json` writes. Fields may be added." });

/** What `isograd claims` found. */
export type ClaimsRecord = z.output<typeof claimsSchema>;
/** One claim with its verdict. */
export type ClaimRecord = ClaimsRecord["claims"][number];
/** What was decided of a claim. */
export type ClaimVerdict = ClaimRecord["verdict"];
/** A measured number with its interval. */
export type EvidenceRow = ClaimRecord["evidence"]["figures"][number];

/** Returns the published JSON schema. */
export const claimsJsonSchema = (): Record<string, unknown> => jsonSchema(claimsSchema);

/** Returns the record as JSON text: numbers that are not finite are the strings "NaN", "Infinity", "-Infinity". */
export const claimsJson = (record: ClaimsRecord): string => recordJson(record);

/** Returns the record that a JSON text holds. Error `file/read` when it is none. */
export const claimsFromJson = (text: string): ClaimsRecord =>
  recordFrom(text, claimsSchema, { what: "a record of claims", name: "isograd/claims/1", by: "isograd claims --json" });
