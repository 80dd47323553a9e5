import { existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import type Database from "libsql";
import { IsogradError } from "../util/errors.js";

/** Options of opening a store. */
export interface StoreOptions {
  /** ms after which a reservation that its owner did not renew may be taken over (default 60,000); it is renewed six times as often. */
  readonly lease?: number;
  /** ms to wait for another process that is writing (default 20,000). */
  readonly patience?: number;
  /** The most bytes that the file may take (default: the disk's). */
  readonly maxBytes?: number;
  /** Called with a sentence for the user, for example that a damaged file was set aside. */
  readonly onNotice?: (sentence: string) => void;
}

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

/** One connection: single statements, prepared once. */
export interface Connection {
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
export function open(path: string, folder: string, { patience = 20_000, maxBytes, onNotice }: StoreOptions): Connection {
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
/** Whether a statement failed because another process was writing. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(codeOf(error));
const isDamage = (error: unknown): boolean =>
  error instanceof Damaged || /^SQLITE_(CORRUPT|NOTADB|IOERR_SHORT_READ)/.test(codeOf(error)) || /malformed|not a database/.test(String(error));

/** What went wrong with a store, in one sentence. */
export function explained(error: unknown, folder: string, path: string): unknown {
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
  if (code.startsWith("SQLITE_CANTOPEN") || message.includes("Unable to open")) return because(`${path} cannot be opened`, elsewhere);
  return because(message, elsewhere);
}
