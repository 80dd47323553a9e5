import type { Model } from "../graph/graph.js";
import type { Queue } from "../jobs/queue.js";
import type { Runtime } from "../runtime/runtime.js";
import { IsogradError } from "../util/errors.js";

// What programs without types give in place of what a use case takes is refused in a sentence.

const has = (value: unknown, key: string, type: string): boolean =>
  typeof value === "object" && value !== null && typeof (value as Readonly<Record<string, unknown>>)[key] === type;

/** Refuses what is no model. Error `usage/option`. */
export function requireModel(model: Model, by: string): void {
  if (has(model, "graph", "object") && has(model, "name", "string")) return;
  throw new IsogradError("usage/option", `${by} takes a model, and was given none`, {
    fix: "give what readOnnx or load returns, or the model of what net returns",
  });
}

/** Refuses what is no runtime. Error `usage/option`. */
export function requireRuntime(runtime: Runtime, by: string): void {
  if (has(runtime, "prepare", "function")) return;
  throw new IsogradError("usage/option", `${by} needs a runtime`, {
    fix: "give { runtime: nodeRuntime() } of isograd/node, or webRuntime() of isograd/web",
  });
}

/** Refuses what is no queue. Error `usage/option`. */
export function requireQueue(queue: Queue, by: string): void {
  if (has(queue, "submit", "function")) return;
  throw new IsogradError("usage/option", `${by} needs a queue`, { fix: "give { queue: threadQueue() } of isograd/node, or localQueue({ runtime })" });
}
