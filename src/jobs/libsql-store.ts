import { createHash, randomUUID } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { IsogradError } from "../util/errors.js";
import { explained, isBusy, open } from "./libsql-connection.js";
import type { Connection, StoreOptions } from "./libsql-connection.js";
import type { Reservation, ResultStore } from "./result-store.js";

const FILE = "trials.db";

/** Names the machine and the process namespace: only within one does a process id mean anything. */
function processScope(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/** Whether a process of this machine is gone for certain. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as { code?: string }).code === "ESRCH";
  }
}

const digestOf = (key: string, result: string): string => createHash("sha256").update(`${key}\n${result}`).digest("hex");

/**
 * Opens the store of a folder: one SQLite file (by libsql) with a write-ahead log, so that a process may be killed at any moment. A result carries a digest:
 * one that does not fit is measured anew. A damaged file is set aside, with a notice. Every step is one SQL statement that commits itself.
 * Errors `store/failed`: the folder cannot be written, the disk is full, libsql is not installed for this platform, a file that is not ours.
 */
export function openStore(folder: string, options: StoreOptions = {}): ResultStore {
  const { lease = 60_000, patience = 20_000 } = options;
  const path = join(folder, FILE);
  const owner = randomUUID();
  const scope = processScope();
  const held = new Set<string>();
  let db: Connection | undefined;
  let closed = false;

  // After a statement that failed because another process was writing, libsql leaves it unfinished, and what the same connection writes later is never
  // committed although it says so (libsql-client-ts issue 352; test/jobs/store.test.ts shows it). So no connection outlives an error.
  const attempt = <T>(work: (c: Connection) => T): T => {
    if (closed) throw new IsogradError("store/failed", `the store ${folder} was closed`);
    const end = Date.now() + patience;
    for (;;) {
      try {
        db ??= open(path, folder, options);
        return work(db);
      } catch (error) {
        db?.close();
        db = undefined;
        if (!isBusy(error) || Date.now() > end) throw explained(error, folder, path);
      }
    }
  };

  attempt(() => undefined);

  const renew = (): void => {
    try {
      attempt((c) => c.run("UPDATE claims SET expires = ? WHERE owner = ?", Date.now() + lease, owner));
    } catch {
      // What is wrong shows at the next result; until then the reservations run on to the end of their lease.
    }
  };
  let heartbeat: NodeJS.Timeout | undefined;
  const hold = (key: string): void => {
    held.add(key);
    heartbeat ??= setInterval(renew, lease / 6).unref();
  };
  const drop = (key: string): void => {
    held.delete(key);
    if (held.size > 0) return;
    clearInterval(heartbeat);
    heartbeat = undefined;
  };

  const get = (key: string): string | undefined => {
    const row = attempt((c) => c.get("SELECT result, digest FROM results WHERE key = ?", key));
    if (row === undefined) return undefined;
    const result = String(row["result"]);
    if (digestOf(key, result) === row["digest"]) return result;
    attempt((c) => c.run("DELETE FROM results WHERE key = ? AND digest = ?", key, String(row["digest"])));
    options.onNotice?.(`a result in ${path} was damaged: it is measured anew`);
    return undefined;
  };

  const reserve = (key: string): Reservation => {
    const now = Date.now();
    const mine = [owner, scope, process.pid, now + lease] as const;
    const taken = attempt((c) =>
      c.run(
        `INSERT INTO claims (key, owner, place, pid, expires) SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM results WHERE key = ?)
         ON CONFLICT (key) DO UPDATE SET owner = excluded.owner, place = excluded.place, pid = excluded.pid, expires = excluded.expires
         WHERE claims.expires < ? OR claims.owner = excluded.owner`,
        key,
        ...mine,
        key,
        now,
      ),
    );
    if (taken > 0) return "mine";
    if (get(key) !== undefined) return "done";
    const other = attempt((c) => c.get("SELECT owner, place, pid FROM claims WHERE key = ?", key));
    if (other === undefined) return reserve(key);
    if (other["place"] !== scope || !isGone(Number(other["pid"]))) return "taken";
    const over = attempt((c) =>
      c.run("UPDATE claims SET owner = ?, place = ?, pid = ?, expires = ? WHERE key = ? AND owner = ?", ...mine, key, String(other["owner"])),
    );
    return over > 0 ? "mine" : "taken";
  };

  return {
    location: folder,
    get: (key) => promised(() => get(key)),
    reserve: (key) =>
      promised(() => {
        // Another run of this process has it in work.
        const answer = held.has(key) ? "taken" : reserve(key);
        if (answer === "mine") hold(key);
        return answer;
      }),
    put: ({ key, spec, result, seconds }) =>
      promised(() => {
        attempt((c) =>
          c.run(
            "INSERT OR IGNORE INTO results (key, spec, result, digest, seconds) VALUES (?, ?, ?, ?, ?)",
            key,
            spec,
            result,
            digestOf(key, result),
            seconds,
          ),
        );
        drop(key);
      }),
    discard: (key) => promised(() => void attempt((c) => c.run("DELETE FROM results WHERE key = ?", key))),
    release: (key) =>
      promised(() => {
        drop(key);
        attempt((c) => c.run("DELETE FROM claims WHERE key = ? AND owner = ?", key, owner));
      }),
    close: () =>
      promised(() => {
        if (closed) return;
        try {
          if (held.size > 0) attempt((c) => c.run("DELETE FROM claims WHERE owner = ?", owner));
        } finally {
          for (const key of [...held]) drop(key);
          closed = true;
          db?.close();
        }
      }),
  };
}

/** Runs synchronous work as the promise that a store's caller expects. */
const promised = <T>(work: () => T): Promise<T> => new Promise((resolve) => resolve(work()));
