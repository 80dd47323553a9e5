import type { DataFormat } from "../source.js";
import { csv } from "./csv.js";
import { npz } from "./npz.js";
import { safetensors } from "./safetensors.js";

/** Every kind of file with examples. */
export const FORMATS: readonly DataFormat[] = [safetensors, npz, csv];
