import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readlinkSync, renameSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import type Database from "libsql";
import { IsogradError } from "../util/errors.js";
import type { Claim, Store } from "./store.js";

/** How a store is opened. */
export interface StoreOptions {
  /** ms after which a claim that its owner did not renew may be taken over (default 60,000); it is renewed six times as often. */
  readonly lease?: number;
  /** ms to wait for another process that is writing (default 20,000). */
  readonly patience?: number;
  /** The most bytes that the file may take (default: the disk's). */
  readonly maxBytes?: number;
  /** Told what a user should know: that a damaged file was set aside. */
  readonly onNotice?: (sentence: string) => void;
}

const FILE = "trials.db";
/** Marks the files that are ours: "isog". */
const APPLICATION = 0x69736f67;
const SCHEMA = 1;
const TABLES = `
  CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, spec TEXT NOT NULL, result TEXT NOT NULL, digest TEXT NOT NULL, seconds REAL NOT NULL);
  CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL, place TEXT NOT NULL, pid INTEGER NOT NULL, expires REAL NOT NULL) WITHOUT ROWID;
  CREATE TRIGGER IF NOT EXISTS finished AFTER INSERT ON results BEGIN DELETE FROM claims WHERE key = NEW.key; END;
  PRAGMA application_id = ${APPLICATION};
  PRAGMA user_version = ${SCHEMA};`;

type Parameter = string | number;
type Row = Readonly<Record<string, unknown>>;

/** Machine and process namespace: only within one does a process id mean anything. */
function placeOfProcesses(): string {
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
 * The store of a folder: one SQLite file (by libsql) with a write-ahead log, so that a process may be killed at any moment. A result carries a digest:
 * one that does not fit is measured anew. A damaged file is set aside, with a notice. Every step is one SQL statement that commits itself.
 * Errors `store/failed`: the folder cannot be written, the disk is full, libsql is not installed for this platform, a file that is not ours.
 */
export function openStore(folder: string, options: StoreOptions = {}): Store {
  const { lease = 60_000, patience = 20_000 } = options;
  const path = join(folder, FILE);
  const owner = randomUUID();
  const place = placeOfProcesses();
  const held = new Set<string>();
  let db: Connection | undefined;
  let closed = false;

  // After a statement that failed because another process was writing, libsql leaves it unfinished, and what the same connection writes later is never
  // committed although it says so (libsql-client-ts issue 352; test/trial/store.test.ts shows it). So no connection outlives an error.
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
      // What is wrong shows at the next result; until then the claims run on to the end of their lease.
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

  const claim = (key: string): Claim => {
    const now = Date.now();
    const mine = [owner, place, process.pid, now + lease] as const;
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
    if (other === undefined) return claim(key);
    if (other["place"] !== place || !isGone(Number(other["pid"]))) return "taken";
    const over = attempt((c) =>
      c.run("UPDATE claims SET owner = ?, place = ?, pid = ?, expires = ? WHERE key = ? AND owner = ?", ...mine, key, String(other["owner"])),
    );
    return over > 0 ? "mine" : "taken";
  };

  return {
    place: folder,
    get: (key) => promised(() => get(key)),
    claim: (key) =>
      promised(() => {
        const claimed = claim(key);
        if (claimed === "mine") hold(key);
        return claimed;
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

/** One connection: single statements, prepared once. */
interface Connection {
  /** How many rows a statement changed. */
  run(sql: string, ...parameters: Parameter[]): number;
  get(sql: string, ...parameters: Parameter[]): Row | undefined;
  close(): void;
}

function connect(path: string, wait: number): { readonly raw: Database.Database; readonly connection: Connection } {
  const Constructor = load();
  const raw = new Constructor(path, { timeout: wait });
  const statements = new Map<string, Database.Statement>();
  const prepared = (sql: string): Database.Statement => {
    let s = statements.get(sql);
    if (!s) statements.set(sql, (s = raw.prepare(sql)));
    return s;
  };
  return {
    raw,
    connection: {
      run: (sql, ...p) => prepared(sql).run(...p).changes,
      get: (sql, ...p) => prepared(sql).get(...p) as Row | undefined,
      close: () => {
        try {
          raw.close();
        } catch {
          // It is left to the collector.
        }
      },
    },
  };
}

function load(): typeof Database {
  try {
    return createRequire(import.meta.url)("libsql") as typeof Database;
  } catch (error) {
    throw new IsogradError("store/failed", "libsql, which stores results, is not installed for this platform", {
      fix: "go without a store: --no-store",
      cause: error,
    });
  }
}

/** The longest that one statement waits, in ms: it blocks the thread. */
const WAIT = 5000;
/** Damaged files that are set aside before giving up: other processes may do the same at the same time. */
const TRIES = 5;

/** Opens the file, makes its tables where it is new, and checks it; a damaged one is set aside. */
function open(path: string, folder: string, { patience = 20_000, maxBytes, onNotice }: StoreOptions): Connection {
  makeFolder(resolve(folder));
  for (let tries = 1; ; tries++) {
    const inode = inodeOf(path);
    let opened: ReturnType<typeof connect> | undefined;
    try {
      opened = connect(path, Math.min(patience, WAIT));
      prepare(opened.raw, path, maxBytes);
      return opened.connection;
    } catch (error) {
      opened?.connection.close();
      if (tries === TRIES || !isDamage(error)) throw error;
      const aside = setAside(path, inode);
      if (aside !== undefined) onNotice?.(`the store ${path} was damaged: it was set aside as ${aside}, and its results are measured anew`);
    }
  }
}

/** Makes a folder and those above it. (Node's own recursive form never returns below /proc.) */
function makeFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    if ((error as { code?: string }).code !== "EEXIST" || !statSync(folder).isDirectory()) throw error;
  }
}

class Damaged extends Error {}

function prepare(db: Database.Database, path: string, maxBytes: number | undefined): void {
  const pragma = (name: string): unknown => Object.values((db.pragma(name) as readonly Row[])[0] ?? {})[0];
  const application = Number(pragma("application_id"));
  if (application !== APPLICATION) {
    // A file that a process began to make holds nothing, or our tables without the mark.
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('results', 'claims')").all();
    if (application !== 0 || tables.length > 0) {
      throw new IsogradError("store/failed", `${path} belongs to another program`, { fix: "choose another folder with ISOGRAD_STORE" });
    }
  } else if (Number(pragma("user_version")) > SCHEMA) {
    throw new IsogradError("store/failed", `${path} was written by a newer isograd`, {
      fix: "update isograd, or choose another folder with ISOGRAD_STORE",
    });
  }
  if (pragma("quick_check(1)") !== "ok") throw new Damaged();
  pragma("journal_mode = WAL");
  // With a write-ahead log this survives the death of a process; the death of the machine may cost the last results, never the file.
  pragma("synchronous = NORMAL");
  if (maxBytes !== undefined) pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / Number(pragma("page_size"))))}`);
  if (application !== APPLICATION) db.exec(TABLES);
}

const inodeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.ino;

/** Renames a damaged file and its log, unless another process has done so; gives the new name. */
function setAside(path: string, inode: number | undefined): string | undefined {
  if (inode === undefined || inodeOf(path) !== inode) return undefined;
  let n = 1;
  while (existsSync(`${path}.damaged-${n}`)) n++;
  const aside = `${path}.damaged-${n}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
  for (const part of ["-wal", "-shm"]) {
    if (existsSync(path + part)) renameSync(path + part, aside + part);
  }
  return aside;
}

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? "";
const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(codeOf(error));
const isDamage = (error: unknown): boolean =>
  error instanceof Damaged || /^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ)/.test(codeOf(error)) || /malformed|not a database/.test(String(error));

/** What went wrong with a store, in one sentence. */
function explained(error: unknown, folder: string, path: string): unknown {
  if (error instanceof IsogradError) return error;
  const code = codeOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const because = (reason: string, fix: string): IsogradError =>
    new IsogradError("store/failed", `results cannot be stored in ${folder}: ${reason}`, { fix, cause: error });
  const elsewhere = "choose another folder with ISOGRAD_STORE, or go without: --no-store";
  if (/^SQLITE_FULL|ENOSPC|EDQUOT/.test(code)) return because("the disk is full", "free some space and run again: what was measured so far is kept");
  if (isBusy(error)) return because("another process keeps it locked", "wait for it to end, or choose another folder with ISOGRAD_STORE");
  if (isDamage(error)) return because(`${path} is damaged`, "run again: it will be set aside");
  if (/^SQLITE_READONLY|EACCES|EPERM|EROFS/.test(code)) return because("it cannot be written", elsewhere);
  if (/^(EEXIST|ENOTDIR)/.test(code)) return because("a part of its path is a file", elsewhere);
  if (/^SQLITE_CANTOPEN/.test(code) || /Unable to open/.test(message)) return because(`${path} cannot be opened`, elsewhere);
  return because(message, elsewhere);
}
