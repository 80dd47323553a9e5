import * as z from "zod";
import { list, object, whole } from "../util/json.js";

/** The network that a record is about. */
export const model = object({ name: z.string(), nodes: whole, parameters: whole, opset: whole, producer: z.string() });

/** Choices that were made for the user, each with its value. */
export const settings = list(object({ what: z.string(), value: z.string() }));

/** What a block of the trunk is. */
export const block = {
  kind: z.enum(["plain", "residual", "gated", "dense", "other"]),
  skip: z.enum(["identity", "projection", "scaled"]).nullable().meta({ description: "What its shortcut is made of; null where it has none." }),
  role: z.enum(["stem", "body", "head"]),
};
