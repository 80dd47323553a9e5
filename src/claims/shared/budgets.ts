import type { Budget } from "../claim.js";

/** Fewer seeds, shallower and narrower: for a first answer in a minute or two. */
export const QUICK: Budget = { name: "quick", seeds: 24, depths: [10, 20, 40], width: 128 };

/** The seeds and depths of a paper. */
export const FULL: Budget = { name: "full", seeds: 40, depths: [10, 20, 50, 100], width: 256 };
