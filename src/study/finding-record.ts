import * as z from "zod";
import { FINDINGS } from "../doctor/index.js";
import { SITE_KINDS } from "../graph/site.js";
import type { Finding } from "../doctor/finding.js";

const site = z
  .looseObject({
    kind: z.enum(SITE_KINDS),
    name: z.string().meta({ description: "As `where` shows it; of several places the first, and how many more there are." }),
    module: z.string().exactOptional().meta({ description: "The module that holds all of it: `layer1.0.conv1`." }),
    source: z.string().exactOptional().meta({ description: "The line of the program that it comes from: `model.py:42`." }),
    nodes: z.array(z.string()).meta({ description: "The file's nodes there; for parameters those that read them; none for the whole network." }),
  })
  .meta({ id: "site", description: "A place in the network." });

const severity = z.enum(["info", "warning", "error"]).meta({ id: "severity" });

const [first, ...others] = FINDINGS.map(({ id, facts }) =>
  z.looseObject({
    rule: z.literal(id),
    severity,
    site: site.exactOptional(),
    facts: facts.meta({ id: `facts-${id}` }).exactOptional(),
    where: z.string(),
    evidence: z.string(),
    why: z.string(),
    remedy: z.string(),
  }),
);

/** A finding as a record holds it. Older records have neither its site nor its facts. */
export type FindingRow = Omit<Finding, "site" | "facts"> & Partial<Pick<Finding, "site" | "facts">>;

/** A finding in JSON: its facts are typed by its rule. Older records have neither its site nor its facts. */
export const findingSchema: z.ZodType<FindingRow> = z.discriminatedUnion("rule", [first!, ...others]).meta({ id: "finding" });
