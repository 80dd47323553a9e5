import * as z from "zod";
import { siteSchema } from "../graph/site.js";

/** How grave a finding can be, the gravest first. */
export const SEVERITIES = ["error", "warning", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** A fact: a plain value. What is not finite is a string in JSON. */
export type Fact = number | string | boolean | null | readonly Fact[] | { readonly [name: string]: Fact };

/** The facts of a finding. Their rule's schema types them; names say the unit, `ln` a natural logarithm. */
export type Facts = Readonly<Record<string, Fact>>;

/** What every finding has, whatever its rule: the facts are those of the rule. */
export const findingFields = {
  rule: z.string().meta({ description: "The rule that saw it." }),
  severity: z.enum(SEVERITIES).meta({ id: "severity" }),
  site: siteSchema,
  where: z.string().meta({ description: "The site in words." }),
  evidence: z.string().meta({ description: "The numbers that it rests on." }),
  why: z.string(),
  remedy: z.string().meta({ description: "What is usually done, and what that costs." }),
};

/** Something worth telling about one network. */
export type Finding = Readonly<z.output<z.ZodObject<typeof findingFields>>> & { readonly facts: Facts };
