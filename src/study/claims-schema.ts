import * as z from "zod";
import { VERDICTS } from "../claims/claim.js";
import type { Factors } from "../claims/shared/factors.js";
import type { Estimate } from "../math/estimate.js";
import type { ClaimsRecord } from "./claims-record.js";
import { withNonFinite } from "../util/json.js";
import { real, recordFrom } from "./json.js";

const whole = z.number().int().nonnegative();

const estimate = z
  .looseObject({
    value: real.meta({ description: "Mean over the seeds." }),
    low: real.meta({ description: "Its interval; infinite where the values do not bound it." }),
    high: real,
    seeds: whole,
    level: z.number().meta({ description: "Confidence of the interval: 1 − .05/panel." }),
    method: z.string().meta({ description: "How the interval was made: student, bootstrap-t, …" }) as unknown as z.ZodType<Estimate["method"]>,
  })
  .meta({ id: "estimate" });

const law = z
  .looseObject({
    value: real.meta({ description: "What a law predicts for the mean." }),
    margin: real.meta({ description: "How far the measured number may lie from it and still be called equal." }),
    held: z.enum(["equal", "different", "undecided"]),
    source: z.string(),
  })
  .meta({ id: "law" });

const figure = z
  .looseObject({
    what: z.string().meta({ description: "What the number is, unit included; ln is the natural logarithm." }),
    arm: z.string().meta({ description: "The readable name of the arm." }),
    factors: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
      .exactOptional()
      .meta({ description: "What distinguishes the arm, by name; absent where the number is about no single arm." }) as unknown as z.ZodExactOptional<
      z.ZodType<Factors>
    >,
    role: z.enum(["test", "control", "contrast"]),
    depth: whole.nullable().meta({ description: "Null where it is about all depths." }),
    x: z
      .looseObject({ axis: z.string(), value: real })
      .exactOptional()
      .meta({ description: "Its place on the axis of the claim's picture, where that axis is not the depth." }),
    measured: estimate,
    law: law.nullable(),
  })
  .meta({ id: "figure" });

const claim = z
  .looseObject({
    id: z.string(),
    sentence: z.string().meta({ description: "As it was said." }),
    from: z.string().meta({ description: "Where it was said." }),
    verdict: z.enum(VERDICTS),
    evidence: z.looseObject({
      summary: z.string().meta({ description: "What was found." }),
      figures: z.array(figure),
      picture: z.string().nullable().meta({ description: "Which figures its picture shows, by their `what`; null for those of the first." }),
      trials: whole,
      experiment: z.string(),
      rule: z.string().nullable().meta({ description: "What each verdict takes; null where the claim is pending." }),
      assumptions: z.array(z.string()),
      source: z.string().nullable(),
      missing: z.string().nullable().meta({ description: "Evidence that was not measured, although there is a verdict on the rest." }),
    }),
    command: z.string().meta({ description: "What measures it again." }),
  })
  .meta({ id: "claim" });

/** The JSON form of decided claims: what `isograd claims --json` writes. Decoding it gives a {@link ClaimsRecord}; unknown fields are kept. */
export const claimsSchema: z.ZodType<ClaimsRecord> = z
  .looseObject({
    schema: z.literal("isograd/claims/1"),
    size: z.looseObject({
      name: z.enum(["quick", "full"]),
      seeds: whole.meta({ description: "At the greatest depth; shallower arms have more." }),
      depths: z.array(whole),
      width: whole,
    }),
    panel: whole.meta({ description: "How many claims are decided together, whichever were asked for." }),
    level: z.number(),
    claims: z.array(claim),
    answer: z.string().meta({ description: "The answer to the question, of what was decided; may be empty." }),
    command: z.string(),
  })
  .meta({ title: "isograd claims", description: "The record that `isograd claims --json` writes. Fields may be added." });

/** The published JSON schema, draft 2020-12. */
export const claimsJsonSchema = (): Record<string, unknown> => z.toJSONSchema(claimsSchema, { io: "input" });

/** The record as JSON text: numbers that are not finite are the strings "NaN", "Infinity", "-Infinity". */
export const claimsJson = (record: ClaimsRecord): string => `${JSON.stringify(record, withNonFinite, 2)}\n`;

/** The record that a JSON text holds. Error `file/read` when it is none. */
export const claimsFromJson = (text: string): ClaimsRecord =>
  recordFrom(text, claimsSchema, { what: "a record of claims", name: "isograd/claims/1", by: "isograd claims --json" });
