import * as z from "zod";

// What the schemas of records are made of. A record's schema is its type, the documentation of its fields, and the published JSON schema.

export { optionalReal, real } from "../util/json.js";

/** A number of things, or an index into them. */
export const whole: z.ZodType<number, number> = z.number().int().nonnegative();

type Shape<S extends z.ZodRawShape> = z.ZodObject<S>;

/** Returns an object of known fields. Others are kept when it is read, since fields may be added to a record; its type names the known ones only. */
export const object = <S extends z.ZodRawShape>(fields: S): z.ZodType<Readonly<z.output<Shape<S>>>, Readonly<z.input<Shape<S>>>> =>
  z.looseObject(fields);

/** Returns a list. */
export const list = <T extends z.ZodType>(of: T): z.ZodType<readonly z.output<T>[], readonly z.input<T>[]> => z.array(of);
