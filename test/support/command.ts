import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Tensor } from "../../src/graph/tensor.js";
import { readSafetensors, writeSafetensors } from "../../src/io/safetensors.js";

const BIN = fileURLToPath(new URL("../../bin/isograd.js", import.meta.url));

/** Lets a process write the most kilobytes that it had resident when it ends; its threads have the same, and say nothing. */
const WATCH =
  "data:text/javascript,import{isMainThread}from'node:worker_threads';if(isMainThread)process.on('exit',()=>process.stderr.write(`peak ${process.resourceUsage().maxRSS} KB`))";
const PEAK = /peak (\d+) KB$/;
/** A line that tells what is being done, after two seconds and now and then: on a busy machine there may be one in any test. */
export const PROGRESS: RegExp = /^isograd: .* … \d+ s\n/gm;

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  /** Without what it told while it ran. */
  readonly stderr: string;
  /** The lines that told what was being done. */
  readonly progress: readonly string[];
  /** From the signal sent (else from the start) to the end. */
  readonly ms: number;
  /** The most bytes that it had resident, where they were watched. */
  readonly peak?: number;
}

/** A temporary folder in which the built command is run as a child process. */
export class Workplace {
  readonly folder: string = mkdtempSync(join(tmpdir(), "isograd-cli-"));

  path(name: string): string {
    return join(this.folder, name);
  }
  write(name: string, bytes: Uint8Array | string): string {
    writeFileSync(this.path(name), bytes);
    return this.path(name);
  }
  batch(name: string, tensors: Readonly<Record<string, Tensor>>): string {
    return this.write(name, Buffer.concat(writeSafetensors(new Map(Object.entries(tensors)))));
  }
  tensors(name: string): Map<string, Tensor> {
    return readSafetensors(readFileSync(this.path(name)));
  }
  has(name: string): boolean {
    return existsSync(this.path(name));
  }
  files(): string[] {
    return readdirSync(this.folder).sort();
  }
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The most milliseconds that an end "at once" may take: one second, and more as the machine is busy, told by what the shortest command takes now. */
  async atOnce(): Promise<number> {
    return 1000 + 5 * (await this.run(["--version"])).ms;
  }

  /** Runs `isograd …args` here; `interrupt` sends a signal when it is true for the first time; `watch` tells how much memory it took; `columns` is COLUMNS. */
  run(
    args: readonly string[],
    {
      interrupt,
      signal = "SIGINT",
      watch = false,
      columns,
    }: { interrupt?: () => boolean; signal?: NodeJS.Signals; watch?: boolean; columns?: string } = {},
  ): Promise<Ended> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [...(watch ? ["--import", WATCH] : []), BIN, ...args], {
        cwd: this.folder,
        env: { ...process.env, COLUMNS: columns },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (d: Buffer) => (stdout += d.toString()));
      child.stderr.on("data", (d: Buffer) => (stderr += d.toString()));
      let start = performance.now();
      const timer = setInterval(() => {
        if (!interrupt?.()) return;
        clearInterval(timer);
        start = performance.now();
        child.kill(signal);
      }, 20);
      child.on("close", (code, sig) => {
        clearInterval(timer);
        const peak = PEAK.exec(stderr);
        const ms = performance.now() - start;
        const said = stderr.replace(PEAK, "");
        const progress = said.match(PROGRESS) ?? [];
        resolve({ code, signal: sig, stdout, stderr: said.replace(PROGRESS, ""), progress, ms, ...(peak ? { peak: 1024 * Number(peak[1]) } : {}) });
      });
    });
  }
}
