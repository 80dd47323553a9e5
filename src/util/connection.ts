import { IsogradError } from "./errors.js";
import type { ErrorCode, ErrorParts } from "./errors.js";

// The one protocol between this thread and workers, whatever they do. A request has a number; its reply, its events and its cancellation carry the same.

/** One end of a line to another thread. Messages are copied as structured clones; transferred buffers move. */
export interface Port {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  listen(on: { readonly message: (message: unknown) => void; readonly fail: (error: Error) => void }): void;
}

/** The end of a line whose other end is a worker. */
export interface WorkerPort extends Port {
  /** Tells whether a reply is awaited: only then does the worker keep the process alive. */
  hold(awaited: boolean): void;
  end(): Promise<void>;
}

/** What accompanies a request. */
export interface Asking {
  /** Called with what the worker tells before its reply. */
  readonly onEvent?: (event: unknown) => void;
  /** Asks the worker to stop: it replies with an error as soon as it can. */
  readonly signal?: AbortSignal;
  readonly transfer?: readonly ArrayBuffer[];
}

/** A line to a worker on which any number of requests may be under way. */
export interface Connection {
  /** Sends a request and returns the reply. Errors: the worker's own `IsogradError`s, and what `lost` makes of others and of a worker that ended. */
  ask(request: unknown, asking?: Asking): Promise<unknown>;
  /** Ends the worker; requests that wait fail. */
  end(): Promise<void>;
  /** Whether the worker may still answer: it has neither ended nor been ended. */
  isOpen(): boolean;
}

type Outward = { readonly id: number; readonly request: unknown } | { readonly id: number; readonly abort: true };
type Inward =
  | { readonly id: number; readonly reply: unknown }
  | { readonly id: number; readonly event: unknown }
  | { readonly id: number; readonly error: WireError };

/** The reason that requests fail for which the end of the line did not come in time. */
export const CLOSED = "it was closed";

/** An error as it crosses the border: an `IsogradError` in its parts, of any other the message. */
interface WireError {
  readonly message: string;
  readonly refusal?: { readonly code: ErrorCode; readonly what: string; readonly parts: ErrorParts };
}

/** Drops the cause of an error, which may not be clonable. */
export const withoutCause = ({ cause: _, ...parts }: ErrorParts): ErrorParts => parts;

function wireError(error: unknown): WireError {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof IsogradError)) return { message };
  return { message, refusal: { code: error.code, what: error.what, parts: withoutCause(error.parts) } };
}

/** Opens the line to a worker that `serve` answers. `lost` makes the error for a worker that ended or failed with an error that is not isograd's. */
export function connect(port: WorkerPort, lost: (reason: string) => Error): Connection {
  const waiting = new Map<number, { resolve(reply: unknown): void; reject(error: Error): void; onEvent?: (event: unknown) => void }>();
  let next = 0;
  let failed: Error | undefined;
  const settle = (id: number): void => {
    waiting.delete(id);
    if (waiting.size === 0) port.hold(false);
  };
  const fail = (reason: string): void => {
    failed ??= lost(reason);
    for (const w of waiting.values()) w.reject(failed);
    waiting.clear();
  };
  port.listen({
    message: (message) => {
      const m = message as Inward;
      const w = waiting.get(m.id);
      if (!w) return;
      if ("event" in m) {
        w.onEvent?.(m.event);
        return;
      }
      settle(m.id);
      if ("reply" in m) w.resolve(m.reply);
      else w.reject(m.error.refusal ? new IsogradError(m.error.refusal.code, m.error.refusal.what, m.error.refusal.parts) : lost(m.error.message));
    },
    fail: (error) => fail(error.message),
  });
  return {
    async ask(request, { onEvent, signal, transfer } = {}) {
      if (failed) throw failed;
      const id = next++;
      const abort = (): void => port.post({ id, abort: true } satisfies Outward);
      port.hold(true);
      try {
        return await new Promise<unknown>((resolve, reject) => {
          waiting.set(id, { resolve, reject, ...(onEvent ? { onEvent } : {}) });
          try {
            port.post({ id, request } satisfies Outward, transfer);
          } catch (error) {
            // What cannot be cloned, such as a buffer that was given away.
            settle(id);
            throw lost(error instanceof Error ? error.message : String(error));
          }
          if (signal?.aborted === true) abort();
          else signal?.addEventListener("abort", abort, { once: true });
        });
      } finally {
        signal?.removeEventListener("abort", abort);
      }
    },
    async end() {
      await port.end();
      fail(CLOSED);
    },
    isOpen: () => failed === undefined,
  };
}

/** What a worker may use while it answers a request. */
export interface Answering {
  /** Tells the asker something before the reply. */
  emit(event: unknown): void;
  /** Aborted when the asker no longer wants the reply. */
  readonly signal: AbortSignal;
}

/** A reply, and buffers in it that move instead of being copied. */
export interface Answer {
  readonly reply: unknown;
  readonly transfer?: readonly ArrayBuffer[];
}

/** Answers the requests that come through a port. Requests begin in the order in which they come; `answer` decides whether they overlap. */
export function serve(port: Port, answer: (request: unknown, answering: Answering) => Promise<Answer>): void {
  const open = new Map<number, AbortController>();
  const handle = async (id: number, request: unknown): Promise<void> => {
    const controller = new AbortController();
    open.set(id, controller);
    try {
      const { reply, transfer } = await answer(request, {
        emit: (event) => port.post({ id, event } satisfies Inward),
        signal: controller.signal,
      });
      port.post({ id, reply } satisfies Inward, transfer);
    } catch (error) {
      port.post({ id, error: wireError(error) } satisfies Inward);
    } finally {
      open.delete(id);
    }
  };
  port.listen({
    message: (message) => {
      const m = message as Outward;
      if ("abort" in m) open.get(m.id)?.abort();
      else void handle(m.id, m.request);
    },
    fail: () => undefined,
  });
}
