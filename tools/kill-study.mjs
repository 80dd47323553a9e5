// node tools/kill-study.mjs [--kills N --trials N --processes N --queue threads|local --runtime node|web|reference --seed N --folder F]
//
// Tests whether a store survives. Several processes run the same trials into one store and are killed (SIGKILL) at random moments, again and again: while they
// start, open the file, claim, measure, write. At last one process runs undisturbed. Then the study checks that
// - every trial has its result, bit for bit the one that a run without a store gives;
// - no trial was begun twice, unless the first process to begin it was killed before the result was stored, and none by two at a time;
// - the file is sound, and was never set aside.
// Prints one JSON record; exit code 0 when all of it holds, else 1.
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { localQueue, openRuntime, openStore, runTrials, threadQueue } from "../dist/node.js";
import { stream } from "../dist/util/random.js";

const { values: given } = parseArgs({
  options: {
    kills: { type: "string", default: "100" },
    trials: { type: "string", default: "3000" },
    processes: { type: "string", default: "2" },
    runtime: { type: "string", default: "node" },
    queue: { type: "string", default: "threads" },
    seed: { type: "string", default: "1" },
    folder: { type: "string" },
    child: { type: "boolean", default: false },
  },
});
const [kills, trials, processes, seed] = ["kills", "trials", "processes", "seed"].map((k) => Number(given[k]));
const { runtime } = given;

/** Small trials of several families, so that sessions are opened again and again. */
const specs = Array.from({ length: trials }, (_, i) => ({
  net: { arch: i % 2 === 0 ? "mlp" : "residual-mlp", depth: 2 + (Math.floor(i / 2) % 3), width: 8 },
  batch: { examples: 4 },
  measure: { name: "profile", parameters: true },
  seed: i,
}));

const PHASES = ["starting", "opened", "working", "working", "working"];

/** A queue that writes down what it begins. */
const watched = (queue, log) => ({
  ...queue,
  submit: (job, submission) => {
    const begin = async () => {
      const wanted = await submission.begin();
      if (wanted) appendFileSync(log, `${process.pid} begins ${job.spec.seed}\n`);
      return wanted;
    };
    return queue.submit(job, { ...submission, begin });
  },
});

const openQueue = async () => {
  if (given.queue === "threads") return threadQueue({ threads: 2, runtime });
  const own = await openRuntime(runtime, { threads: 1 });
  const queue = localQueue({ runtime: own });
  return { ...queue, close: () => queue.close().then(() => own.close()) };
};

async function child(folder) {
  const log = join(folder, "log");
  const queue = watched(await openQueue(), log);
  const store = openStore(join(folder, "store"), { onNotice: (notice) => appendFileSync(log, `notice ${notice}\n`) });
  process.stdout.write("!");
  await runTrials(specs, {
    queue,
    store,
    onResult: ({ spec, from }) => {
      if (from !== "computed") return;
      appendFileSync(log, `${process.pid} stored ${spec.seed}\n`);
      process.stdout.write(".");
    },
  });
  await queue.close();
  await store.close();
}

async function parent() {
  const folder = given.folder ?? mkdtempSync(join(tmpdir(), "isograd-kill-"));
  const log = join(folder, "log");
  writeFileSync(log, "");
  const random = stream(seed, "kills");
  let draws = 0;
  const moments = { starting: 0, opened: 0, working: 0 };
  const start = () => {
    const args = Object.entries({ ...given, folder, child: true }).flatMap(([k, v]) => (v === true ? [`--${k}`] : v === false ? [] : [`--${k}`, v]));
    const started = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => started.on("exit", (code, signal) => resolve(signal ?? code)));
    // It says one character when the store is open, and one for each result that it stored.
    let said = 0;
    const waiting = [];
    started.stdout.on("data", (text) => {
      said += text.length;
      for (const w of waiting.filter(({ count }) => count <= said)) w.resolve(true);
    });
    const saying = (count) => new Promise((resolve) => (count <= said ? resolve(true) : waiting.push({ count, resolve })));
    return { pid: started.pid, ended, saying, kill: () => started.kill("SIGKILL") };
  };
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  let left = kills;
  const complaints = [];
  /** One of the processes that run side by side: started and killed until the kills are used up. */
  const victims = async () => {
    while (left > 0) {
      left--;
      const one = start();
      // Some die while they start, some soon after the store was opened, most in the middle of their work.
      const phase = PHASES[Math.floor(random.uniform(draws++) * PHASES.length)];
      const [share, delay] = [random.uniform(draws++), random.uniform(draws++)];
      const reached = {
        starting: () => wait(400 * delay),
        opened: () => one.saying(1).then(() => wait(200 * delay)),
        working: () => one.saying(2 + Math.floor((2 * share * trials) / kills)).then(() => wait(10 * delay)),
      }[phase]();
      const end = await Promise.race([reached.then(() => undefined), one.ended]);
      if (end === undefined) {
        appendFileSync(log, `${one.pid} killed\n`);
        one.kill();
        moments[phase]++;
        await one.ended;
      } else if (end === 0) left++;
      else complaints.push(`a process ended by itself: ${end}`);
      if (end === 0 && results() >= trials) return;
    }
  };
  const results = () => new Set([...readFileSync(log, "utf8").matchAll(/stored (\d+)/g)].map((m) => m[1])).size;
  await Promise.all(Array.from({ length: processes }, victims));
  const before = results();
  const last = start();
  const code = await last.ended;
  if (code !== 0) complaints.push(`the undisturbed run ended with ${code}`);

  // What is in the store, against a run without one.
  const store = openStore(join(folder, "store"), { onNotice: (n) => complaints.push(n) });
  const queue = await openQueue();
  const idle = { ...queue, submit: () => Promise.reject(new Error("a result is missing")) };
  const stored = await runTrials(specs, { queue: idle, store }).catch((error) => {
    complaints.push(error.message);
    return [];
  });
  await store.close();
  const fresh = await runTrials(specs, { queue });
  await queue.close();
  const wrong = stored.filter((o, i) => JSON.stringify(o.result) !== JSON.stringify(fresh[i].result) || o.key !== fresh[i].key).length;
  if (wrong > 0) complaints.push(`${wrong} results differ from those of a run without a store`);

  const history = read(readFileSync(log, "utf8"), complaints);
  const aside = existsSync(join(folder, "store")) ? readdirSync(join(folder, "store")).filter((f) => f.includes("damaged")) : [];
  if (aside.length > 0) complaints.push(`set aside: ${aside.join(", ")}`);
  if (!given.folder) rmSync(folder, { recursive: true, force: true });
  const record = { kills: moments, trials, storedBeforeTheLastRun: before, ...history, wrong, complaints };
  process.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
  process.exitCode = complaints.length === 0 && stored.length === trials ? 0 : 1;
}

/** Goes through the log: who may begin a trial? The first, and whoever comes after one who was killed with it in work. */
function read(text, complaints) {
  const killed = new Set();
  const open = new Map();
  const stored = new Map();
  let [begun, again] = [0, 0];
  for (const line of text.split("\n")) {
    if (line.startsWith("notice")) complaints.push(line);
    const [pid, verb, trial] = line.split(" ");
    if (verb === "killed") killed.add(pid);
    if (verb === "begins") {
      begun++;
      if (stored.has(trial)) complaints.push(`trial ${trial} was begun by ${pid} after ${stored.get(trial)} had stored it`);
      const other = open.get(trial);
      if (other !== undefined) {
        again++;
        if (!killed.has(other)) complaints.push(`trial ${trial} was begun by ${pid} while ${other}, alive, was at it`);
      }
      open.set(trial, pid);
    }
    if (verb === "stored") {
      if (stored.has(trial)) complaints.push(`trial ${trial} was stored by ${stored.get(trial)} and by ${pid}`);
      stored.set(trial, pid);
    }
  }
  return { begun, begunAgainAfterAKill: again };
}

await (given.child ? child(given.folder) : parent());
