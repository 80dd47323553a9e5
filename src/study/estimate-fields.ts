import * as z from "zod";
import { object, real, whole } from "../util/json.js";

/** A mean over seeds with the interval that decides. */
export const estimate = object({
  value: real.meta({ description: "Mean over the seeds." }),
  low: real.meta({ description: "Its interval; infinite where the values do not bound it." }),
  high: real,
  seeds: whole.meta({ description: "Number of seeds; of pairs, for a correlation." }),
  level: z.number().meta({ description: "Confidence of the interval: 1 − .05/panel." }),
  method: z
    .enum(["student", "bootstrap-t", "score", "fisher-z"])
    .meta({ description: "How the interval was made; score: of a share, or of the difference of two." }),
}).meta({ id: "estimate" });

/** A law's prediction beside a measured number. */
export const law = object({
  value: real.meta({ description: "What a law predicts for the mean." }),
  margin: real.meta({ description: "How far the measured number may lie from it and still be called equal." }),
  source: z.string(),
  held: z.enum(["equal", "different", "undecided"]),
}).meta({ id: "law" });
