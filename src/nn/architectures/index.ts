import type { Architecture } from "../architecture.js";
import { highway } from "./highway.js";
import { mlp } from "./mlp.js";
import { residualMlp } from "./residual-mlp.js";

/** Every architecture, in the order of the documentation. */
export const ARCHITECTURES: readonly Architecture[] = [mlp, residualMlp, highway];
