/** For a page in a browser: words in charts that stand on top of each other or out of their chart, as text. */
export const COLLISIONS = `[...document.querySelectorAll(".stage svg")].filter((s) => s.getBoundingClientRect().width > 0).flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  const words = [...svg.querySelectorAll("text")].map((t) => ({ text: t.textContent, box: t.getBoundingClientRect() }));
  const name = svg.querySelector("title").textContent;
  const out = words.filter(({ box }) => box.left < frame.left - 2 || box.right > frame.right + 2).map((w) => name + ": out: " + w.text);
  const over = words.flatMap((a, i) => words.slice(i + 1).filter((b) =>
    Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left) > 1 && Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top) > 3)
    .map((b) => name + ": " + a.text + " | " + b.text));
  return [...out, ...over];
})`;
