import type { Schedule } from "../schedule.js";
import { constant } from "./constant.js";
import { cosine } from "./cosine.js";
import { oneCycle } from "./one-cycle.js";
import { step } from "./step.js";

/** Every schedule, in the order in which they are listed. */
export const SCHEDULES: readonly Schedule[] = [constant, step, cosine, oneCycle];
