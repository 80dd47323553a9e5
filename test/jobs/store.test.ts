import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Libsql from "libsql";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "../../src/jobs/libsql-store.js";
import type { ResultStore } from "../../src/jobs/result-store.js";

const Database = createRequire(import.meta.url)("libsql") as typeof Libsql;
const root = mkdtempSync(join(tmpdir(), "isograd-store-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let folder = "";
let count = 0;
beforeEach(() => {
  folder = join(root, String(count++));
});
const file = (): string => join(folder, "trials.db");
const entry = (key: string, result = `{"of":"${key}"}`): { key: string; spec: string; result: string; seconds: number } => ({
  key,
  spec: "{}",
  result,
  seconds: 0.1,
});
/** A connection of somebody else. */
const raw = (work: (db: Libsql.Database) => void): void => {
  const db = new Database(file());
  work(db);
  db.close();
};

describe("a store", () => {
  it("keeps results, the first of each, for whoever opens it", async () => {
    const store = openStore(folder);
    expect(await store.get("a")).toBeUndefined();
    await store.put(entry("a"));
    await store.put(entry("a", '{"another":1}'));
    expect(await store.get("a")).toBe('{"of":"a"}');
    await store.close();
    const again = openStore(folder);
    expect(await again.get("a")).toBe('{"of":"a"}');
    await again.discard("a");
    expect(await again.get("a")).toBeUndefined();
    await again.close();
    await expect(again.get("a")).rejects.toMatchObject({ code: "store/failed" });
  });

  it("reserves a trial for one asker at a time, until it is released, closed or fulfilled", async () => {
    const [one, two] = [openStore(folder), openStore(folder)];
    expect(await one.reserve("a")).toBe("mine");
    // Another run of the same process asks through the same store.
    expect(await one.reserve("a")).toBe("taken");
    expect(await two.reserve("a")).toBe("taken");
    await one.release("a");
    expect(await two.reserve("a")).toBe("mine");
    expect(await one.reserve("a")).toBe("taken");
    await two.put(entry("a"));
    expect(await one.reserve("a")).toBe("done");
    expect(await one.get("a")).toBe('{"of":"a"}');
    expect(await two.reserve("b")).toBe("mine");
    await two.close();
    expect(await one.reserve("b")).toBe("mine");
    await one.close();
  });

  it("sees at once what others store, and they what it stores", async () => {
    const stores = [openStore(folder), openStore(folder), openStore(folder)];
    for (let i = 0; i < 60; i++) {
      const [writer, a, b] = [stores[i % 3]!, stores[(i + 1) % 3]!, stores[(i + 2) % 3]!];
      expect(await a.get(`k${i}`)).toBeUndefined();
      expect(await writer.reserve(`k${i}`)).toBe("mine");
      expect(await b.reserve(`k${i}`)).toBe("taken");
      await writer.put(entry(`k${i}`));
      expect(await a.get(`k${i}`)).toBe(`{"of":"k${i}"}`);
      expect(await b.reserve(`k${i}`)).toBe("done");
    }
    for (const s of stores) await s.close();
  });

  it("takes a reservation over from a process that was killed, at once", async () => {
    const store = openStore(folder);
    const url = new URL("../../dist/jobs/libsql-store.js", import.meta.url).href;
    const script = `const { openStore } = await import(${JSON.stringify(url)});
      console.log(await openStore(${JSON.stringify(folder)}).reserve("a")); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const said = await new Promise<string>((resolve) => child.stdout.once("data", (d: Buffer) => resolve(String(d).trim())));
    expect(said).toBe("mine");
    expect(await store.reserve("a")).toBe("taken");
    child.kill("SIGKILL");
    await new Promise((resolve) => child.on("exit", resolve));
    expect(await store.reserve("a")).toBe("mine");
    await store.close();
  });

  it("takes a reservation over when its lease has run out, and not from an owner who renews it", async () => {
    const lease = 12_000;
    const [owner, other] = [openStore(folder, { lease }), openStore(folder, { lease })];
    expect(await owner.reserve("kept")).toBe("mine");
    expect(await owner.reserve("lost")).toBe("mine");
    raw((db) => db.exec(`UPDATE claims SET place = 'another machine', expires = ${Date.now() - 1} WHERE key = 'lost'`));
    raw((db) => db.exec(`INSERT INTO claims VALUES ('far', 'x', 'another machine', 1, ${Date.now() + 3_600_000})`));
    expect(await other.reserve("lost")).toBe("mine");
    expect(await other.reserve("far")).toBe("taken");
    const expires = (): number => {
      let at = 0;
      raw((db) => (at = (db.prepare("SELECT expires FROM claims WHERE key = 'kept'").get() as { expires: number }).expires));
      return at;
    };
    const first = expires();
    while (expires() === first) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await other.reserve("kept")).toBe("taken");
    await owner.close();
    await other.close();
  });
});

describe("a store that another process keeps locked", () => {
  it("says so; and what is stored afterwards is really there", async () => {
    const store = openStore(folder, { patience: 200 });
    await store.put(entry("before"));
    const other = new Database(file());
    other.exec("BEGIN IMMEDIATE");
    await expect(store.put(entry("during"))).rejects.toThrow(/another process keeps it locked/);
    other.exec("COMMIT");
    other.close();
    await store.put(entry("after"));
    // libsql alone would report this as written and never commit it.
    const third = openStore(folder);
    expect(await third.get("before")).toBe('{"of":"before"}');
    expect(await third.get("during")).toBeUndefined();
    expect(await third.get("after")).toBe('{"of":"after"}');
    expect(await third.reserve("x")).toBe("mine");
    await third.close();
    await store.close();
  });
});

describe("a store without room", () => {
  it("says that the disk is full, keeps what it has, and goes on when there is room again", async () => {
    const store = openStore(folder, { maxBytes: 100_000 });
    let stored = 0;
    const fill = async (): Promise<void> => {
      for (;;) {
        await store.put(entry(`k${stored}`, JSON.stringify("x".repeat(5000))));
        stored++;
      }
    };
    await expect(fill()).rejects.toMatchObject({
      code: "store/failed",
      message: expect.stringMatching(/the disk is full.*Free some space/) as string,
    });
    expect(stored).toBeGreaterThan(5);
    await store.close();
    const roomy = openStore(folder);
    for (let i = 0; i < stored; i++) expect((await roomy.get(`k${i}`))!.length).toBe(5002);
    await roomy.put(entry("more"));
    expect(await roomy.get("more")).toBe('{"of":"more"}');
    await roomy.close();
  });
});

describe("a damaged file", () => {
  const filled = async (): Promise<void> => {
    const store = openStore(folder);
    for (let i = 0; i < 200; i++) await store.put(entry(`k${i}`, JSON.stringify("y".repeat(1000))));
    await store.close();
    raw((db) => db.pragma("wal_checkpoint(TRUNCATE)"));
  };
  const damages: readonly [string, () => Promise<void>][] = [
    [
      "something else entirely",
      async () => (mkdirSync(folder, { recursive: true }), writeFileSync(file(), "this is no database ".repeat(500)), Promise.resolve()),
    ],
    ["cut off", async () => (await filled(), truncateSync(file(), Math.floor(statSync(file()).size / 2)))],
    [
      "overwritten in the middle",
      async () => {
        await filled();
        const fd = openSync(file(), "r+");
        writeSync(fd, Buffer.alloc(60_000, 7), 0, 60_000, 40_000);
      },
    ],
  ];
  it.each(damages)("is set aside with a notice: %s", async (_, damage) => {
    await damage();
    const notices: string[] = [];
    const store = openStore(folder, { onNotice: (n) => notices.push(n) });
    expect(notices).toEqual([expect.stringMatching(/was damaged: it was set aside as .*trials\.db\.damaged-1/) as string]);
    expect(await store.get("k1")).toBeUndefined();
    await store.put(entry("k1"));
    await store.close();
    const again = openStore(folder, { onNotice: (n) => notices.push(n) });
    expect(await again.get("k1")).toBe('{"of":"k1"}');
    await again.close();
    expect(notices.length).toBe(1);
    expect(readdirSync(folder)).toContain("trials.db.damaged-1");
  });

  it("that holds one wrong result has that one measured anew", async () => {
    const notices: string[] = [];
    const store = openStore(folder, { onNotice: (n) => notices.push(n) });
    await store.put(entry("good"));
    await store.put(entry("bad"));
    raw((db) => db.exec(`UPDATE results SET result = '{"of":"bat"}' WHERE key = 'bad'`));
    expect(await store.get("bad")).toBeUndefined();
    expect(notices).toEqual([expect.stringMatching(/a result in .* was damaged/) as string]);
    expect(await store.get("good")).toBe('{"of":"good"}');
    expect(await store.reserve("bad")).toBe("mine");
    await store.close();
  });
});

describe("a file or folder that is not ours", () => {
  const refusal = (sentence: RegExp): unknown =>
    expect.objectContaining({ code: "store/failed", message: expect.stringMatching(sentence) as string });
  const refused = (sentence: RegExp): void => expect(() => openStore(folder)).toThrow(refusal(sentence));

  it("is refused and left alone", () => {
    mkdirSync(folder, { recursive: true });
    raw((db) => db.exec("CREATE TABLE theirs (a)"));
    refused(/belongs to another program/);
    expect(readdirSync(folder).filter((f) => f.includes("damaged"))).toEqual([]);
  });

  it("is refused when a newer isograd wrote it", async () => {
    const store: ResultStore = openStore(folder);
    await store.close();
    raw((db) => db.pragma("user_version = 999"));
    refused(/written by a newer isograd/);
  });

  it("is refused in one sentence when it cannot be a folder", () => {
    writeFileSync(folder, "a file");
    refused(/a part of its path is a file/);
    folder = "/proc/no-such-place";
    refused(/results cannot be stored in/);
  });
});
