import { expect, test } from "vitest";
import { openData } from "../../src/data/open-data.js";
import { bytesOfText, dataHost, example, inputOf, refusal } from "../support/data-host.js";

const open = (text: string, word = "text:t.txt", memory = Infinity): ReturnType<typeof openData> =>
  openData(word, dataHost({ "t.txt": bytesOfText(text) }, memory), 1);
const WORDS = "der Öltank 🙂 steht\n".repeat(40);

test("each piece has 64 characters, and to tell is the one after each", () => {
  const { train, validation, about } = open(WORDS);
  const x = inputOf(train);
  expect([x.type, x.kinds, x.names!.length]).toEqual([{ dtype: "int64", shape: [64] }, new Set(WORDS).size, new Set(WORDS).size]);
  const characters = [...WORDS];
  const border = characters.length - Math.floor(characters.length / 10);
  expect(train.count).toBe(Math.floor((border - 1) / 64));
  const read = (tokens: readonly number[]): string => tokens.map((t) => x.names![t]!).join("");
  for (let i = 0; i < train.count; i++) {
    expect(read(example(x, i))).toBe(characters.slice(64 * i, 64 * i + 64).join(""));
    expect(read(example(train.answers!.column, i))).toBe(characters.slice(64 * i + 1, 64 * i + 65).join(""));
  }
  expect(read(example(inputOf(validation!), 0))).toBe(characters.slice(border, border + 64).join(""));
  expect([train.answers!.kind, train.answers!.classes]).toEqual(["labels", x.kinds]);
  expect([...x.names!]).toEqual([...x.names!].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!));
  expect(about).toContain(`vocabulary of ${x.kinds}: ${JSON.stringify(x.names!.join(""))}`);
});

test("the length of the pieces can be given, and more than 256 characters are told apart", () => {
  expect(inputOf(open(WORDS, "text:t.txt:10").train).type.shape).toEqual([10]);
  const many = Array.from({ length: 700 }, (_, i) => String.fromCodePoint(0x4e00 + (i % 300))).join("");
  const { train } = open(many, "text:t.txt:300");
  expect([inputOf(train).kinds, example(inputOf(train), 1).at(-1)]).toEqual([300, 299]);
});

test("what is missing, too short, empty, no UTF-8, or too much is refused", () => {
  expect(refusal(() => open(WORDS, "text:u.txt"))).toMatch(/^file\/read: cannot read u\.txt/);
  expect(refusal(() => open("too short"))).toMatch(/^data\/invalid: t\.txt: the text is too short for pieces of 64 characters/);
  expect(refusal(() => open(""))).toMatch(/^data\/invalid: t\.txt: the text is empty/);
  const bytes = bytesOfText("a\nb\ncde\n");
  bytes[5] = 0xc3;
  expect(refusal(() => openData("text:t.txt", dataHost({ "t.txt": bytes }), 1))).toMatch(
    /^data\/invalid: t\.txt: the text is not in UTF-8, from line 3 on/,
  );
  expect(refusal(() => open(WORDS, "text:t.txt", 100))).toMatch(/^memory\/limit: the examples of text:t\.txt take/);
  expect(refusal(() => open(WORDS, "text:t.txt:0"))).toMatch(/^usage\/option: /);
});
