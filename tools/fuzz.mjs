// Runs the compiled command on thousands of damaged files:
//   node tools/fuzz.mjs [--verb grad|check] --cases 5000 --seed 1 [--only ID] [--children 2] [--json report.json] [--compare]
// --compare also runs what succeeds in the other runtime, and compares the results.
// --seed 0 is a sweep instead: it sets every number in every seed network and op example to every bad value (--from, --cases choose a part).
// Prints every case that breaks the contract (a crash, a hang, a stack trace, a file left behind …) and exits 1 when there is one.
import { fork } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: given } = parseArgs({
  options: {
    verb: { type: "string", default: "grad" },
    cases: { type: "string", default: "1000" },
    from: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
    children: { type: "string", default: "2" },
    timeout: { type: "string", default: "20" },
    json: { type: "string" },
    compare: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const seed = Number(given.seed);
const first = given.only === undefined ? Number(given.from) : Number(given.only);
let end = given.only === undefined ? first + Number(given.cases) : first + 1;
const child = fileURLToPath(new URL("../test/fuzz/child.ts", import.meta.url));
const root = mkdtempSync(join(tmpdir(), "isograd-fuzz-"));

let next = first;
const outcomes = new Map();
const bad = [];
let done = 0;
let slowest = 0;
let peak = 0;
const started = performance.now();

function settle(report) {
  done++;
  outcomes.set(report.code, (outcomes.get(report.code) ?? 0) + 1);
  slowest = Math.max(slowest, report.ms);
  peak = Math.max(peak, report.peakMiB);
  if (given.verbose || given.only !== undefined) console.log(JSON.stringify(report));
  if (report.faults.length === 0) return;
  bad.push(report);
  console.log(`FAULT case ${report.id}: ${report.faults.join("; ")}\n  ${report.name}\n  ${report.args.join(" ")}\n  ${report.stderr.trim()}`);
}

/** Runs cases in one process after the other until none are left. */
function work(lane) {
  return new Promise((resolve) => {
    const start = () => {
      const process_ = fork(child, [], { execArgv: ["--import", "tsx", "--max-old-space-size=1536"], stdio: ["ignore", "ignore", "pipe", "ipc"] });
      let current;
      let timer;
      let noise = "";
      let served = 0;
      let hung = false;
      process_.stderr.on("data", (d) => (noise = (noise + d).slice(-2000)));
      const give = () => {
        if (next >= end || served >= 2000) {
          current = undefined;
          process_.send({ kind: "end" });
          return;
        }
        current = next++;
        served++;
        hung = false;
        timer = setTimeout(
          () => {
            hung = true;
            process_.kill("SIGKILL");
          },
          1000 * Number(given.timeout),
        );
        process_.send({
          kind: "run",
          verb: given.verb,
          id: current,
          seed,
          folder: join(root, String(current)),
          compare: given.compare,
          keep: given.only !== undefined,
        });
      };
      process_.on("message", (message) => {
        clearTimeout(timer);
        if (message.sweep !== undefined) {
          if (seed === 0) end = Math.min(end, message.sweep);
        } else {
          settle(message);
          if (message.faults.some((f) => f.endsWith("of memory"))) served = Infinity;
        }
        give();
      });
      process_.on("exit", (code, signal) => {
        clearTimeout(timer);
        if (current !== undefined) {
          settle({
            id: current,
            name: "?",
            args: [],
            code: hung ? "hang" : `died ${signal ?? code}`,
            stderr: noise,
            ms: 0,
            peakMiB: 0,
            faults: [hung ? `no answer after ${given.timeout} s` : `the process died: ${signal ?? code}`],
          });
        } else if (served === 0 && next < end) {
          console.log(`the fuzzing process did not start: ${noise}`);
          process.exit(1);
        }
        if (next < end) start();
        else resolve();
      });
    };
    start(lane);
  });
}

await Promise.all(Array.from({ length: Math.min(Number(given.children), end - first) }, (_, lane) => work(lane)));
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const summary = {
  cases: done,
  faults: bad.length,
  codes: Object.fromEntries(outcomes),
  seconds: Number(seconds),
  slowestMs: Math.round(slowest),
  peakMiB: Math.round(peak),
};
if (given.json) writeFileSync(given.json, JSON.stringify({ ...summary, bad }, null, 1));
if (given.only === undefined && bad.length === 0) rmSync(root, { recursive: true, force: true });
else console.log(`files: ${root}`);
console.log(JSON.stringify(summary));
process.exit(bad.length === 0 ? 0 : 1);
