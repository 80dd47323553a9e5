import type { DataSource } from "../source.js";
import { digits } from "./digits.js";

/** Every source of examples that has a word, in the order in which they are listed. */
export const SOURCES: readonly DataSource[] = [digits];
