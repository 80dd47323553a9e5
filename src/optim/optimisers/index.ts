import type { Optimiser } from "../optimiser.js";
import { adam } from "./adam.js";
import { adamw } from "./adamw.js";
import { lion } from "./lion.js";
import { momentum } from "./momentum.js";
import { nesterov } from "./nesterov.js";
import { rmsprop } from "./rmsprop.js";
import { sgd } from "./sgd.js";

/** Every optimiser, in the order in which they are listed. */
export const OPTIMISERS: readonly Optimiser[] = [sgd, momentum, nesterov, adam, adamw, rmsprop, lion];
