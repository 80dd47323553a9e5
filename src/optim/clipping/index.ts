import type { ClippingRule } from "../clipping-rule.js";
import { agc } from "./agc.js";
import { layer } from "./layer.js";
import { norm } from "./norm.js";
import { value } from "./value.js";

/** Every rule of clipping, in the order in which they are listed. */
export const CLIPPING_RULES: readonly ClippingRule[] = [value, norm, layer, agc];
