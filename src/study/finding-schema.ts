import * as z from "zod";
import { RULES } from "../doctor/finding.js";
import type { Finding } from "../doctor/finding.js";
import { FINDINGS } from "../doctor/index.js";
import { SITE_KINDS } from "../graph/site.js";

/** A finding in a record; older records have neither its site nor its facts. */
export type FindingRow = Omit<Finding, "site" | "facts"> & Partial<Pick<Finding, "site" | "facts">>;

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

const [first, ...others] = RULES.map((id) => {
  const rule = FINDINGS.find((r) => r.id === id)!;
  return z.looseObject({
    rule: z.literal(id),
    severity,
    site: site.exactOptional(),
    facts: rule.facts.meta({ id: `facts-${id}` }).exactOptional(),
    where: z.string(),
    evidence: z.string(),
    why: z.string(),
    remedy: z.string(),
  });
});

/** A finding in JSON: its facts are typed by its rule. */
export const findingSchema: z.ZodType<FindingRow> = z.discriminatedUnion("rule", [first!, ...others]).meta({ id: "finding" });
