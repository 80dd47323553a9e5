import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import type { Tensor } from "../graph/tensor.js";
import { readBytes, reasonOf, writeAll } from "../io/files.js";
import { readSafetensors, writeSafetensors } from "../io/safetensors.js";
import { IsogradError, printable } from "../util/errors.js";
import { RUN_FILES } from "./keeper.js";
import type { Checkpoint, RunIdentity, RunKeeper } from "./keeper.js";

/** How many checkpoints stay: the one before the last is there when the last is damaged. */
const KEPT = 2;
const CHECKPOINT = /^step-(\d+)\.safetensors$/;

/** How a folder is used. */
export interface FolderOptions {
  /** Whether a run that lies there goes on; else a folder with a run is refused. */
  readonly resume: boolean;
}

/** Keeps a run in a folder, which one process at a time may use. Errors `file/write`, `file/read`, `run/taken`, `run/other`. */
export function runFolder(dir: string, { resume }: FolderOptions): RunKeeper {
  const at = (name: string): string => join(dir, name);
  const failed = (error: unknown): never => {
    if (error instanceof IsogradError) throw error;
    throw new IsogradError("file/write", `cannot write into ${dir}: ${reasonOf(error)}`, { cause: error });
  };
  let waiting = "";
  const flush = (): void => {
    if (waiting === "") return;
    try {
      const fd = openSync(at(RUN_FILES.lines), "a");
      try {
        appendFileSync(fd, waiting);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      failed(error);
    }
    waiting = "";
  };
  let locked = false;
  return {
    async begin(identity) {
      const found = existsSync(at(RUN_FILES.lines));
      if (resume && !existsSync(dir))
        throw new IsogradError("file/read", `there is no run in ${dir}`, { fix: "give the folder of a run: --resume DIR" });
      if (!resume && found)
        throw new IsogradError("run/taken", `the folder ${dir} has a run already`, {
          fix: `go on with it (--resume ${dir}), or choose another folder (--out DIR)`,
        });
      try {
        mkdirSync(dir, { recursive: true });
      } catch (error) {
        failed(error);
      }
      lock(at(RUN_FILES.lock), dir);
      locked = true;
      if (!found) {
        await writeAll([[at(RUN_FILES.lines), [new TextEncoder().encode(`${JSON.stringify({ run: identity })}\n`)]]]);
        return undefined;
      }
      const text = readFileSync(at(RUN_FILES.lines), "utf8");
      refuseOther(identityOf(text, dir), identity, dir);
      const checkpoint = lastCheckpoint(dir);
      const kept = linesUntil(text, checkpoint?.step ?? 0);
      truncateSync(at(RUN_FILES.lines), Buffer.byteLength(kept));
      return checkpoint && { ...checkpoint, lines: kept.slice(kept.indexOf("\n") + 1) };
    },
    lines(lines) {
      for (const line of lines) waiting += `${line}\n`;
      if (waiting.length > 2 ** 16) flush();
    },
    async checkpoint(step, state) {
      waiting += `${markOf(step)}\n`;
      flush();
      await writeAll([[at(`step-${step}.safetensors`), writeSafetensors(state, { producer: "isograd", step: String(step) })]]);
      for (const old of checkpointsIn(dir).slice(0, -KEPT)) rmSync(at(`step-${old}.safetensors`), { force: true });
    },
    async files(files) {
      flush();
      try {
        for (const name of files.keys()) if (name.includes("/")) mkdirSync(join(dir, name, ".."), { recursive: true });
      } catch (error) {
        failed(error);
      }
      await writeAll([...files].map(([name, chunks]) => [at(name), chunks] as const));
    },
    async close() {
      if (!locked) return;
      locked = false;
      try {
        flush();
      } finally {
        rmSync(at(RUN_FILES.lock), { force: true });
      }
    },
  };
}

/** Returns the identity of the run that a folder holds. Error `file/read`. */
export function identityIn(dir: string): RunIdentity {
  return identityOf(new TextDecoder().decode(readBytes(join(dir, RUN_FILES.lines))), dir);
}

/** The identity in the first line of a run. Error `file/read`. */
function identityOf(text: string, dir: string): RunIdentity {
  const end = text.indexOf("\n");
  try {
    const { run } = JSON.parse(text.slice(0, end < 0 ? undefined : end)) as { run: RunIdentity };
    if (run.schema === "isograd/run/1") return run;
  } catch {
    // Said below.
  }
  throw new IsogradError("file/read", `${join(dir, RUN_FILES.lines)} does not begin as a run`, {
    fix: "give the folder of a run, or choose another with --out DIR",
  });
}

/** Refuses to go on with a run as another. Error `run/other`, which names what differs. */
function refuseOther(was: RunIdentity, is: RunIdentity, dir: string): void {
  const differs = (what: string, a: unknown, b: unknown): void => {
    if (JSON.stringify(a) === JSON.stringify(b)) return;
    throw new IsogradError("run/other", `the run in ${dir} has another ${what}`, {
      expected: printable(text(a)),
      received: printable(text(b)),
      fix: "leave the options out to go on as it was, or start another run with --out DIR",
    });
  };
  for (const key of new Set([...Object.keys(was.options), ...Object.keys(is.options)])) differs(key, was.options[key], is.options[key]);
  differs("network", was.model.sha256, is.model.sha256);
  differs("data set", was.data, is.data);
}

const text = (v: unknown): string => (typeof v === "string" ? v : (JSON.stringify(v) ?? "none"));

/** Takes the folder for this process. A process that has ended holds nothing. Error `run/taken`. */
function lock(path: string, dir: string): void {
  for (let tries = 0; ; tries++) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "EEXIST")
        throw new IsogradError("file/write", `cannot write into ${dir}: ${reasonOf(error)}`, { cause: error });
      const pid = Number(existsSync(path) ? readFileSync(path, "utf8") : NaN);
      if (tries > 2 || isRunning(pid))
        throw new IsogradError("run/taken", `another process (${pid}) trains in ${resolve(dir)}`, {
          fix: "wait for it, or choose another folder (--out DIR)",
        });
      rmSync(path, { force: true });
    }
  }
}

function isRunning(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}

/** The steps of the checkpoints in a folder, ascending. */
const checkpointsIn = (dir: string): readonly number[] =>
  readdirSync(dir)
    .flatMap((name) => {
      const m = CHECKPOINT.exec(name);
      return m ? [Number(m[1])] : [];
    })
    .sort((a, b) => a - b);

/** Reads the last checkpoint that is whole. */
function lastCheckpoint(dir: string): Omit<Checkpoint, "lines"> | undefined {
  let damaged: IsogradError | undefined;
  for (const step of [...checkpointsIn(dir)].reverse()) {
    try {
      const state: ReadonlyMap<string, Tensor> = readSafetensors(readBytes(join(dir, `step-${step}.safetensors`)), `step-${step}.safetensors`);
      return { step, state };
    } catch (error) {
      if (!(error instanceof IsogradError)) throw error;
      damaged ??= error;
    }
  }
  if (damaged) throw damaged;
  return undefined;
}

/** The lines of a run up to its checkpoint after `step` steps: later ones are made again. */
function linesUntil(text: string, step: number): string {
  const first = text.indexOf("\n") + 1;
  if (step === 0) return text.slice(0, first);
  const mark = `\n${markOf(step)}\n`;
  const at = text.lastIndexOf(mark);
  return at < 0 ? text.slice(0, first) : text.slice(0, at + mark.length);
}

/** The line that says that a checkpoint was written. */
const markOf = (step: number): string => JSON.stringify({ checkpoint: step });
