import * as z from "zod";
import type { Net } from "./net.js";

/** The fields of an architecture's spec: a zod schema, with a default and a description, for each. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** Describes one architecture: its fields and how a network is built from them. Each has a file of its own in `architectures/`. */
export interface Architecture {
  readonly name: string;
  /** One sentence, with its source. */
  readonly summary: string;
  readonly fields: Fields;
  /** Appends the network to `net` for validated fields, and returns the name of its output value. */
  readonly build: (net: Net, fields: Readonly<Record<string, unknown>>) => string;
  /** Whether it can be initialised by `init: "fixup"`, which is for networks with residual branches. */
  readonly fixup: boolean;
}

/** Makes an architecture from its parts; its `build` gets the fields with the types of their schemas. */
export const architecture = <F extends Fields>(parts: {
  readonly name: string;
  readonly summary: string;
  readonly fields: F;
  readonly build: (net: Net, fields: { readonly [K in keyof F]: z.output<F[K]> }) => string;
  readonly fixup?: boolean;
}): Architecture => ({ fixup: false, ...parts, build: parts.build as Architecture["build"] });
