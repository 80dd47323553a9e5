import { expect, test } from "vitest";
import { openData } from "../../src/data/open-data.js";
import type { DataSet } from "../../src/data/data-set.js";
import { answersOf, bytesOfText, dataHost, example, inputOf, refusal } from "../support/data-host.js";

const open = (text: string, name = "t.csv", memory = Infinity): DataSet => openData(name, dataHost({ [name]: bytesOfText(text) }, memory), 1);

test("words in the last column are classes in alphabetical order", () => {
  const { train, about } = open('length,width,kind\n1.5,2,setosa\n-3,4e-1,virginica\n5, 6 ,"iris, small"\n7,8,setosa\n');
  expect([train.count, train.answers!.kind, train.answers!.classes, answersOf(train)]).toEqual([4, "labels", 3, [1, 2, 0, 1]]);
  expect([example(inputOf(train), 1), example(inputOf(train), 2)]).toEqual([
    [-3, Math.fround(0.4)],
    [5, 6],
  ]);
  expect(about).toContain("iris, small as 0, setosa as 1, virginica as 2 in the column kind");
});

test.each(["label", "target", "Label"])("the column %s is to be learned, wherever it stands", (name) => {
  const { train } = open(`a,${name},b\n1,0,2\n3,1,4\n5,2,6\n`);
  expect([example(inputOf(train), 2), answersOf(train), train.answers!.classes]).toEqual([[5, 6], [0, 1, 2], 3]);
});

test("integers that do not begin at 0 are numbered in their order, and others keep their numbers", () => {
  const one = open("a,label\n1,-1\n2,1\n3,-1\n");
  expect([answersOf(one.train), one.about]).toEqual([[0, 1, 0], expect.stringContaining("-1 as 0, 1 as 1")]);
  const ten = open("a,label\n1,10\n2,9\n3,2\n");
  expect(answersOf(ten.train)).toEqual([2, 1, 0]);
  const gap = open("a,label\n1,0\n2,3\n");
  expect([answersOf(gap.train), gap.train.answers!.classes]).toEqual([[0, 3], 4]);
});

test("floats are a target, and so are more integers than there are classes, unless they are labels", () => {
  const floats = open("a,y\n1,0.5\n2,1.0\n");
  expect([floats.train.answers!.kind, floats.train.answers!.column.type.shape, answersOf(floats.train)]).toEqual(["target", [1], [0.5, 1]]);
  const rows = Array.from({ length: 30 }, (_, i) => `${i},${i}`).join("\n");
  expect(open(`a,age\n${rows}`).train.answers!.kind).toBe("target");
  expect(open(`a,label\n${rows}`).train.answers!.classes).toBe(30);
});

test("a table without names, with semicolons, tabs, other ends of lines, empty lines or a byte order mark", () => {
  for (const text of ["1,2,x\n3,4,y\n", "1;2;x\n3;4;y", "1\t2\tx\r\n3\t4\ty\r\n\r\n", "\uFEFFa,b,c\r1,2,x\r3,4,y", "\n1,2,x\n\n3,4,y\n\n"]) {
    const { train } = open(text);
    expect([train.count, example(inputOf(train), 1), answersOf(train)], JSON.stringify(text)).toEqual([2, [3, 4], [0, 1]]);
  }
});

test("quotes hold delimiters, quotes and ends of lines, and lines are still counted", () => {
  const { train } = open('a,label\n1,"say ""x"""\n2,"two\nlines"\n');
  expect(train.answers!.column.names).toEqual(['say "x"', "two\nlines"]);
  expect(refusal(() => open('a,label\n1,"two\nlines"\nx,y\n'))).toContain("line 4, column a, is no number");
  expect(refusal(() => open('a,label\n1,"open\n2,b\n'))).toMatch(/^data\/invalid: t\.csv: the quotes of line 2 do not match/);
});

test("the numbers that pandas gives rows are left out, and bools are numbers", () => {
  const { train, about } = open(",a,b,label\n0,5,True,0\n1,6,False,1\n");
  expect([example(inputOf(train), 0), example(inputOf(train), 1)]).toEqual([
    [5, 1],
    [6, 0],
  ]);
  expect(about).toContain("left out");
});

test.each([
  ["a,b,label\n1,2,0\n3,,1\n", "a value is missing in line 3, column b (got an empty cell)"],
  ["a,b,label\n1,NaN,0\n", "a value is missing in line 2, column b"],
  ["1,2,0\n3,?,1\n", "a value is missing in line 2, column 2"],
  ["a,b,label\n1,2,\n", "a value is missing in line 2, column label"],
  ["a,b,label\n1,red,0\n", 'line 2, column b, is no number (got "red")'],
  ["a,b,label\n1,inf,0\n", "line 2, column b, is no number"],
  ["a,b,label\n1,2\n", "line 2 has another number of cells (expected 3, as the first line has, got 2)"],
  ["a,b,label\n", "the table has no examples"],
  ["", "the table has no examples"],
  ["a,label,target\n1,0,2\n", "the table has more than one column to be learned (expected label or target, once, got label, target)"],
  ["label\n1\n", "the table has one column"],
])("%j is refused: %s", (text, what) => {
  const said = refusal(() => open(text));
  expect(said).toMatch(/^data\/invalid: t\.csv: /);
  expect(said).toContain(what);
});

test("what is not in UTF-8 is refused by its line, and too much by its size", () => {
  const bytes = bytesOfText("a,label\n1,x\n2,y\n");
  bytes[14] = 0xff;
  expect(refusal(() => openData("t.csv", dataHost({ "t.csv": bytes }), 1))).toContain("t.csv: the text is not in UTF-8, from line 3 on");
  expect(refusal(() => open("a,label\n1,x\n2,y\n", "t.csv", 60))).toMatch(/^memory\/limit: the examples of t\.csv take/);
  expect(open("a\tlabel\n1\tx\n", "T.TSV").train.count).toBe(1);
});
