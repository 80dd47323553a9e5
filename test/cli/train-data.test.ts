import { mkdirSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { Workplace } from "../support/command.js";
import { fixture } from "../support/data-host.js";

// Data as a user gives it to `npx isograd train`.

const place = new Workplace();
afterAll(() => place.remove());

const NET = ["train", "mlp", "depth=1", "width=8"];
const SHORT = ["--epochs", "2", "--batch-size", "4", "--profiles", "1"];
place.write("t.csv", `a,b,kind\n${Array.from({ length: 40 }, (_, i) => `${i},${i % 5},${i < 20 ? "small" : "large"}`).join("\n")}\n`);
place.write("keras.npz", fixture("keras.npz"));
place.write("t.txt", "what is said is said again and again. ".repeat(20));
for (const [part, label, files] of [
  ["train", "a", ["grey.png", "grey.jpg", "grey-2.png"]],
  ["train", "b", ["grey-1.png", "grey-4.png", "grey-alpha.png"]],
  ["val", "b", ["grey-16.png"]],
] as const) {
  mkdirSync(place.path(`pictures/${part}/${label}`), { recursive: true });
  for (const f of files) place.write(`pictures/${part}/${label}/${f}`, fixture(f));
}

describe("isograd train --data", () => {
  it.each([
    ["t.csv", ["--val", ".25", "--standardise"], /40 examples of t\.csv, 2 features, the classes large as 0, small as 1 in the column kind/],
    ["keras.npz", ["--augment", "flip,crop"], /augmented flip: half of the images/],
    ["text:t.txt:8", [], /760 characters of t\.txt, in pieces of 8/],
    ["images:pictures", [], /6 pictures of pictures, 9×13 in grey/],
    ["teacher:mlp,depth=1,width=4,classes=null", ["--steps", "3"], /its output, to inputs from N\(0, 1\)/],
    ["copying:3", ["--steps", "3"], /copying problem over 3 steps/],
  ])("%s", async (data, more, told) => {
    const net = data === "copying:3" || data.startsWith("text:") ? ["train", "transformer", "depth=1", "width=8"] : NET;
    const epochs = more.includes("--steps") ? SHORT.slice(2) : SHORT;
    const { code, stdout, stderr } = await place.run([...net, "--data", data, ...epochs, ...more, "--out", `run-${data.replace(/\W/g, "-")}`]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/✓ TRAINED|FINISHED/);
    expect(stdout.replace(/\s+/g, " ")).toMatch(told);
  });

  it("goes on only with the same standardisation and augmentation", async () => {
    const run = [...NET, "--data", "keras.npz", ...SHORT, "--augment", "flip", "--out", "kept"];
    expect((await place.run(run)).code).toBe(0);
    expect((await place.run(["train", "--resume", "kept"])).code).toBe(0);
    for (const [other, what] of [
      [["--augment", "crop"], 'another augment (expected ["flip"], got ["crop"])'] as const,
      [["--standardise"], "another standardise (expected false, got true)"] as const,
    ]) {
      const { code, stderr } = await place.run(["train", "--resume", "kept", ...other]);
      expect(code).toBe(2);
      expect(stderr).toContain(what);
    }
  });

  it.each([
    ["cifar10:nowhere", "data_batch_1.bin was not found in nowhere or its folder cifar-10-batches-bin."],
    ["images:t.csv", "a folder of PNG or JPEG pictures for each class was not found in t.csv."],
    ["nothing.npz", "cannot read nothing.npz: there is no such file"],
    ["mnits", "Did you mean mnist?"],
  ])("%s is refused in a sentence, and nothing is written", async (data, what) => {
    const before = place.files();
    const { code, stderr } = await place.run([...NET, "--data", data, "--out", "refused"]);
    expect(code).toBe(2);
    expect(stderr).toContain(what);
    expect(stderr.trim().split("\n").length).toBe(1);
    expect(place.files()).toEqual(before);
  });
});
