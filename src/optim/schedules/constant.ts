import type { Schedule } from "../schedule.js";

/** The same rate at every step. */
export const constant: Schedule = { name: "constant", summary: "1.", factor: ({ b }) => b.scalarOf("float64", 1) };
