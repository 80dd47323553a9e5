import { removeTemporaryFiles } from "../io/files.js";
import type { Given } from "./verb.js";

/** A verb that Ctrl-C ends at once, with nothing left behind: temporary files go, the process ends by SIGINT (exit code 130). */
export function interruptible(run: (args: readonly string[], given: Given) => Promise<number>): (args: readonly string[], given: Given) => Promise<number> {
  return async (args, given) => {
    const stop = (signal: NodeJS.Signals): void => {
      removeTemporaryFiles();
      // process.exit would wait for the native run in flight and then abort; dying by the signal does not.
      process.off(signal, stop);
      process.kill(process.pid, signal);
    };
    process.on("SIGINT", stop);
    process.on("SIGTERM", stop);
    try {
      return await run(args, given);
    } finally {
      process.off("SIGINT", stop);
      process.off("SIGTERM", stop);
    }
  };
}
