import * as z from "zod";

// Schemas of the coefficients that several optimisers share.

/** A share that is kept from step to step: at least 0, below 1. */
export const kept = (value: number, what: string): z.ZodDefault<z.ZodNumber> => z.number().min(0).lt(1).default(value).describe(what);
/** A small number that keeps a denominator from zero. */
export const epsilon = (): z.ZodDefault<z.ZodNumber> => z.number().positive().default(1e-8).describe("ε, added to the root of the mean square");
