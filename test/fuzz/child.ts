import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gradient } from "../../src/autodiff/network.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { readModel } from "../../src/io/files.js";
import { readSafetensors } from "../../src/io/safetensors.js";
import { bind } from "../../src/passes/bind.js";
import { refuseTooLarge } from "../../src/passes/memory.js";
import { verifyGraph } from "../../src/passes/verify.js";
import { IsogradError } from "../../src/util/errors.js";
import { faultsOf, lay, sweep } from "./verbs.js";
import type { Ended, VerbName } from "./verbs.js";

// One fuzzing process: runs the cases it is told to, one after the other, through the compiled command, and reports what is wrong with each.

/** What a case came to. */
export interface Report {
  readonly id: number;
  readonly name: string;
  readonly args: readonly string[];
  readonly code: number;
  readonly stderr: string;
  readonly ms: number;
  readonly peakMiB: number;
  /** What the contract forbids; empty for a good case. */
  readonly faults: readonly string[];
}

export type Order =
  | {
      readonly kind: "run";
      readonly verb: VerbName;
      readonly id: number;
      readonly seed: number;
      readonly folder: string;
      readonly compare: boolean;
      readonly keep: boolean;
    }
  | { readonly kind: "end" };

const { main } = (await import(new URL("../../dist/cli/main.js", import.meta.url).href)) as { main(argv: readonly string[]): Promise<number> };
/** A case up to the point at which it would run: read, bound, differentiated, measured, verified. Some hundred a second. */
function prepare(folder: string): Ended {
  try {
    const model = readModel(join(folder, "m.onnx"), 2 ** 28);
    const batch = readSafetensors(readFileSync(join(folder, "b.safetensors")));
    const bound = bind(model, { shapes: Object.fromEntries([...batch].map(([k, t]) => [k, t.shape])), maxBytes: 2 ** 28, dropoutSeed: 1 });
    refuseTooLarge(bound.graph, 2 ** 28);
    const { graph } = gradient(bound, { loss: { kind: "sum" } });
    refuseTooLarge(graph, 2 ** 28);
    verifyGraph(graph);
    return { code: 0, stdout: "", stderr: "" };
  } catch (error) {
    const known = error instanceof IsogradError && error.code !== "internal/bug";
    return {
      code: 2,
      stdout: "",
      stderr: `isograd: ${
        known
          ? error.message
          : `internal error: ${String(error)} ${String((error as Error).stack)
              .split("\n")
              .slice(1, 4)
              .join(" | ")}`
      }\n`,
    };
  }
}

/** Runs the command in this process, its output caught. */
async function call(argv: readonly string[]): Promise<Ended> {
  let [stdout, stderr] = ["", ""];
  const real = [process.stdout.write.bind(process.stdout), process.stderr.write.bind(process.stderr)] as const;
  process.stdout.write = (text: string) => ((stdout += text), true);
  process.stderr.write = (text: string) => ((stderr += text), true);
  try {
    const code = await main(argv);
    return { code, stdout, stderr };
  } finally {
    [process.stdout.write, process.stderr.write] = real;
  }
}

/** What the other runtime makes of a case that succeeded: the results that differ by more than rounding. */
async function differences(folder: string, argv: readonly string[]): Promise<string[]> {
  const again = argv.map((a) =>
    a === "node" ? "reference" : a === "reference" ? "node" : a.endsWith("g.safetensors") ? `${a}.again` : a.endsWith("e.onnx") ? `${a}.again` : a,
  );
  const { code, stderr } = await call(again);
  if (code !== 0) return [`the other runtime refuses: ${stderr.slice(0, 300)}`];
  const [a, b] = ["g.safetensors", "g.safetensors.again"].map((f) => readSafetensors(readFileSync(join(folder, f)))) as [
    Map<string, Tensor>,
    Map<string, Tensor>,
  ];
  return [...a].flatMap(([key, t]) => {
    const other = b.get(key)!.data;
    let [error, size] = [0, 0];
    t.data.forEach((v, i) => {
      error = Math.max(error, Math.abs(v - other[i]!));
      size = Math.max(size, Math.abs(v), Math.abs(other[i]!));
    });
    return !Number.isFinite(size) || size > 1e30 || error <= (t.dtype === "float32" ? 1e-3 : 1e-9) * Math.max(size, 1e-3)
      ? []
      : [`the runtimes differ in "${key}": ${error} of ${size}`];
  });
}

async function run({ verb, id, seed, folder, compare, keep }: Extract<Order, { kind: "run" }>): Promise<Report> {
  const laid = lay(verb, folder, seed, id);
  const { name, argv } = laid;
  const start = performance.now();
  // Of the sweep only every fortieth case is run.
  const sampled = seed !== 0 || id % 40 === 0;
  const ended = sampled ? await call(argv) : prepare(folder);
  const { code, stderr } = ended;
  const ms = performance.now() - start;
  const peakMiB = process.resourceUsage().maxRSS / 1024;
  const faults = faultsOf(verb, folder, laid, ended, sampled);
  if (compare && verb === "grad" && sampled && code === 0 && faults.length === 0) faults.push(...(await differences(folder, argv)));
  if (peakMiB > 2048) faults.push(`${Math.round(peakMiB)} MiB of memory`);
  if (existsSync(folder) && faults.length === 0 && !keep) rmSync(folder, { recursive: true, force: true });
  return { id, name: name.slice(0, 200), args: argv.filter((a) => !a.startsWith(folder)), code, stderr: stderr.slice(-600), ms, peakMiB, faults };
}

process.on("message", (order: Order) => {
  if (order.kind === "end") process.exit(0);
  run(order).then(
    (report) => process.send!(report),
    (error: unknown) =>
      process.send!({
        id: order.id,
        name: "?",
        args: [],
        code: -1,
        stderr: String(error),
        ms: 0,
        peakMiB: 0,
        faults: [`the command threw: ${String(error)}`],
      } satisfies Report),
  );
});
process.send!({ sweep: sweep.count });
