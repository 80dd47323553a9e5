import * as z from "zod";

/** For `JSON.stringify`: numbers that are not finite become the strings "NaN", "Infinity", "-Infinity". */
export const withNonFinite = (_: string, v: unknown): unknown => (typeof v === "number" && !Number.isFinite(v) ? String(v) : v);

const NON_FINITE = ["NaN", "Infinity", "-Infinity"] as const;
type JsonNumber = number | (typeof NON_FINITE)[number];

/** A number in JSON: what is not finite is a string. */
export const real: z.ZodType<number, JsonNumber> = z
  .codec(
    z.union([z.number(), z.enum(NON_FINITE)]),
    z.custom<number>((v) => typeof v === "number"),
    {
      decode: (v: JsonNumber): number => Number(v),
      encode: (v: number): JsonNumber => (Number.isFinite(v) ? v : (String(v) as JsonNumber)),
    },
  )
  .meta({ id: "real", description: "A number; what is not finite is a string." });

/** A number in JSON, or null where it is not defined. */
export const optionalReal: z.ZodType<number | null, JsonNumber | null> = z
  .union([z.null(), real])
  .meta({ id: "optionalReal", description: "A number, or null where it is not defined." });

/** A number of things, or an index into them. */
export const whole: z.ZodNumber = z.number().int().nonnegative();

type Shape<S extends z.ZodRawShape> = z.ZodObject<S>;

/** Returns an object of known fields. Others are kept when it is read, since fields may be added to a record; its type names the known ones only. */
export const object = <S extends z.ZodRawShape>(fields: S): z.ZodType<Readonly<z.output<Shape<S>>>, Readonly<z.input<Shape<S>>>> =>
  z.looseObject(fields);

/** Returns a list. */
export const list = <T extends z.ZodType>(of: T): z.ZodType<readonly z.output<T>[], readonly z.input<T>[]> => z.array(of);
