import { reasonOf } from "../io/files.js";
import { IsogradError, printable } from "../util/errors.js";
import { run } from "./commands.js";

export { workerUrls } from "../runtime/worker-urls.js";

/** Runs the `isograd` command and returns its exit code: 0 it ran, 1 a check found something, 2 it could not run, 130 it was interrupted. */
export async function main(argv: readonly string[]): Promise<number> {
  tolerateClosedPipes();
  try {
    return await run(argv);
  } catch (error) {
    process.stderr.write(`isograd: ${describe(error)}\n`);
    return 2;
  }
}

let tolerant = false;

/** Lets a reader stop early (`isograd … | head`) without an error. */
function tolerateClosedPipes(): void {
  if (tolerant) return;
  tolerant = true;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") return;
      // Nothing more can be said where standard error itself is full.
      if (stream === process.stdout) process.stderr.write(`isograd: cannot write to standard output: ${reasonOf(error)}\n`);
      process.exit(2);
    });
  }
}

function describe(error: unknown): string {
  if (error instanceof IsogradError && error.code !== "internal/bug") return error.message;
  if (error instanceof RangeError && /allocation|array length|buffer size/i.test(error.message)) {
    return `out of memory: ${error.message}. Use a smaller batch.`;
  }
  const text = error instanceof IsogradError ? error.what : error instanceof Error ? error.message : String(error);
  return printable(`internal error: ${text}. Please report this with the command and the file.`);
}
