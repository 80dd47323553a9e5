import * as z from "zod";
import type { Net } from "./net.js";

/** The fields of an architecture's spec: zod schemas with a default and a description each. */
export type Fields = Readonly<Record<string, z.ZodType>>;

/** One architecture: a name, what it is, its fields, and how it is built. One file each in architectures/. */
export interface Architecture {
  readonly name: string;
  /** One sentence, with its source. */
  readonly summary: string;
  readonly fields: Fields;
  /** Appends the network to `net`, given validated fields, and returns the value of its output. */
  readonly build: (net: Net, fields: Readonly<Record<string, unknown>>) => string;
  /** Whether `init: "fixup"` means something to it: it has residual branches. */
  readonly fixup: boolean;
}

/** An architecture whose `build` knows the types of its fields. */
export const architecture = <F extends Fields>(parts: {
  readonly name: string;
  readonly summary: string;
  readonly fields: F;
  readonly build: (net: Net, fields: { readonly [K in keyof F]: z.output<F[K]> }) => string;
  readonly fixup?: boolean;
}): Architecture => ({ fixup: false, ...parts, build: parts.build as Architecture["build"] });
