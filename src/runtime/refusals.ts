import { IsogradError } from "../util/errors.js";
import type { Plan } from "./pieces.js";
import type { Failed } from "./protocol.js";

/** How native onnxruntime is installed: without this option its installer asks the network for GPU libraries. */
export const INSTALL_NATIVE = "npm install onnxruntime-node --ignore-scripts";

/** Makes the error `runtime/unavailable`. */
export const unavailable = ({ what, fix }: { readonly what: string; readonly fix: string }): IsogradError =>
  new IsogradError("runtime/unavailable", `${what} is not installed`, { fix });

/** Makes the error `runtime/failed` of a run whose runtime was closed. */
export const closed = (): IsogradError => new IsogradError("runtime/failed", "the runtime was closed", { fix: "prepare the graph again" });

/** Makes the error for a failed request. It names nodes as the graph does; in pieces they are called n0, n1, … */
export function translated(reply: Failed, plan: Plan): IsogradError {
  const step = reply.step ?? plan.steps.findIndex((s) => s.piece === reply.piece);
  const names = plan.nodeNames[step] ?? [];
  const nameOf = (local: string | undefined): string => names[Number(local?.slice(1))] ?? "";
  if (reply.refusal) {
    const { code, what, parts } = reply.refusal;
    // A verified graph refuses nothing but the values that reach it in this run.
    const value = reply.step !== undefined && code === "op/input";
    return new IsogradError(value ? "batch/value" : code, what, { ...parts, at: (parts.at ?? []).map((place) => nameOf(place) || place) });
  }
  const local = /Name:'(n\d+)'|Node \((n\d+)\)/.exec(reply.message);
  const node = nameOf(local?.[1] ?? local?.[2]);
  // The message without the source files and signatures of onnxruntime.
  const reason = (/Status Message: (.*)/s.exec(reply.message)?.[1] ?? reply.message)
    .replace(/^Exception during initialization: /, "")
    .replace(/^\/onnxruntime_src\/.*?(was false\. |\] )|^\w+\.(cc|h):\d+ \w+(\(\))? /s, "")
    .trim();
  if (node === "") return failed(reason);
  // Values of the batch that an op refuses, such as an index out of range, show only during the run.
  if (/out of (data )?bounds|out of range|invalid index|sequence length|by zero/i.test(reason)) {
    return new IsogradError("batch/value", `onnxruntime refused the values that reach this node: ${reason}`, {
      at: [node],
      fix: "check the integers in the batch: indices, lengths, token numbers",
    });
  }
  return failed(reason, node);
}

/** Makes the error `runtime/failed`. */
export function failed(message: string, node?: string): IsogradError {
  const memory = /alloc|out of memory/i.test(message);
  return new IsogradError(
    "runtime/failed",
    `onnxruntime could not run ${node === undefined ? "the graph" : "this node"}: ${message.replace(/\.+$/, "")}`,
    {
      ...(node === undefined ? {} : { at: [node] }),
      ...(memory ? { fix: "use a smaller batch" } : { fix: "try --runtime web or --runtime reference, and report this with the file" }),
    },
  );
}
