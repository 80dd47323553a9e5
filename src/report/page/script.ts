/** The script of every page: terms that open, values under the pointer or the arrow keys, panels to switch off, tables to sort. The page is complete without it. */
export const SCRIPT: string = `
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  document.documentElement.classList.add("js");

  // A link into something folded opens it.
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
    const folded = target && target.closest("details");
    if (!folded || folded.open) return;
    folded.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  addEventListener("click", (event) => { if (event.target.closest("a[href^='#']")) setTimeout(reveal); });
  reveal();

  for (const box of all("input[data-panel]")) {
    const show = () => { document.getElementById(box.dataset.panel).hidden = !box.checked; };
    box.addEventListener("change", show);
    show();
  }

  for (const table of all("table.sortable")) {
    const heads = all("thead th", table);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      // A title that links to its term keeps its link: the button stands behind it.
      if (head.querySelector("a")) button.setAttribute("aria-label", "Sort by " + head.textContent);
      else button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending" || (!head.hasAttribute("aria-sort") && !head.classList.contains("l"));
        for (const h of heads) h.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const value = (row) => {
          const cell = row.cells[column];
          return cell.dataset.v === undefined ? cell.textContent : Number(cell.dataset.v);
        };
        const order = (a, b) => {
          if (typeof a === "string" || typeof b === "string") return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
          if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) - Number.isNaN(b);
          return a < b ? -1 : a > b ? 1 : 0;
        };
        const rows = all("tbody tr", table).map((row) => [value(row), row]);
        rows.sort((a, b) => (typeof a[0] === "number" && (Number.isNaN(a[0]) || Number.isNaN(b[0])) ? order(a[0], b[0]) : (down ? -1 : 1) * order(a[0], b[0])));
        table.tBodies[0].append(...rows.map((r) => r[1]));
      });
    });
  }

  for (const block of all(".command")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    const code = block.querySelector("code");
    const done = (word) => { button.textContent = word; setTimeout(() => { button.textContent = "Copy"; }, 1500); };
    const select = () => {
      getSelection().selectAllChildren(code);
      done(document.execCommand("copy") ? "Copied" : "Selected");
    };
    button.addEventListener("click", () => {
      if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(() => done("Copied"), select);
      else select();
    });
    block.append(button);
  }

  // Measured points under the pointer: all those of one place on the axis.
  for (const figure of all("[data-marks]")) {
    for (const stage of all(".stage", figure)) {
      const shownSvg = () => all("svg", stage).find((e) => e.getBoundingClientRect().width > 0);
      const tip = stage.querySelector(".tip");
      let at = -1;
      const add = (tag, texts) => {
        const element = document.createElement(tag);
        for (const text of texts) element.append(Object.assign(document.createElement("i"), { textContent: text }));
        tip.append(element);
      };
      const show = (svg, index, places) => {
        at = index;
        stage.classList.add("live");
        const share = places[index];
        const [x0, x1] = svg.dataset.x.split(" ").map(Number);
        const cursor = svg.querySelector(".cursor");
        cursor.setAttribute("x1", x0 + share * (x1 - x0));
        cursor.setAttribute("x2", x0 + share * (x1 - x0));
        tip.replaceChildren();
        const points = all(".point", svg).filter((p) => Number(p.dataset.at) === share);
        add("b", [points[0].dataset.head]);
        for (const p of points) add("span", [p.dataset.name, p.dataset.words]);
        const width = svg.getBoundingClientRect().width;
        const left = ((x0 + share * (x1 - x0)) / svg.viewBox.baseVal.width) * width;
        tip.style.left = Math.max(0, left + 14 + tip.offsetWidth < width ? left + 14 : Math.min(left - 14 - tip.offsetWidth, width - tip.offsetWidth)) + "px";
      };
      const placesOf = (svg) => [...new Set(all(".point", svg).map((p) => Number(p.dataset.at)))].sort((a, b) => a - b);
      const hide = () => { at = -1; stage.classList.remove("live"); };
      const point = (event) => {
        const svg = event.target.closest("svg");
        if (!svg) return;
        const places = placesOf(svg);
        if (places.length === 0) return;
        const box = svg.getBoundingClientRect();
        const [x0, x1] = svg.dataset.x.split(" ").map(Number);
        const share = (((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width - x0) / (x1 - x0);
        let best = 0;
        places.forEach((p, i) => { if (Math.abs(p - share) < Math.abs(places[best] - share)) best = i; });
        show(svg, best, places);
      };
      stage.addEventListener("pointermove", point);
      stage.addEventListener("pointerdown", point);
      stage.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") hide(); });
      stage.addEventListener("blur", hide);
      stage.addEventListener("keydown", (event) => {
        if (event.key === "Escape") hide();
        const step = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
        const svg = shownSvg();
        const places = svg ? placesOf(svg) : [];
        if (step === undefined || places.length === 0) return;
        event.preventDefault();
        show(svg, Math.min(places.length - 1, Math.max(0, at + step)), places);
      });
    }
  }

  for (const figure of all("[data-tables]")) {
    const tables = figure.dataset.tables.split(" ").map((id) => {
      const table = document.getElementById(id);
      const heads = all("thead th", table).map((h) => ({ key: h.dataset.k, label: h.dataset.short || h.textContent, tip: "tip" in h.dataset }));
      const rows = all("tbody tr", table).map((row) => ({ x: Number(row.dataset.x), row })).sort((a, b) => a.x - b.x);
      return { heads, rows };
    });
    const blocks = all("tbody tr", document.getElementById(figure.dataset.blocks) || document.createElement("table"))
      .filter((row) => row.dataset.from !== undefined)
      .map((row) => ({ from: Number(row.dataset.from), to: Number(row.dataset.to), words: row.dataset.words }));
    const stages = all(".stage", figure);
    let at = -1;

    const nearest = (rows, x) => {
      let [low, high] = [0, rows.length - 1];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (rows[middle].x < x) low = middle;
        else high = middle;
      }
      return rows[low] && rows[high] && x - rows[low].x <= rows[high].x - x ? low : high;
    };
    const value = (table, row, key) => {
      const column = table.heads.findIndex((h) => h.key === key);
      const text = column < 0 ? undefined : row.cells[column].dataset.v;
      return text === undefined || text === "" ? NaN : Number(text);
    };
    const line = (parent, tag, texts) => {
      const element = document.createElement(tag);
      for (const text of texts) {
        const part = texts.length > 1 ? document.createElement("i") : document.createTextNode("");
        part.textContent = text;
        if (part.style) part.style.fontStyle = "normal";
        element.append(part);
      }
      parent.append(element);
    };

    // A map has a row for each of some columns of its table.
    const rowsOf = (svg) => (svg.dataset.rows || "").split(" ").filter(Boolean);
    let row = 0;

    const show = (stage, x) => {
      const found = tables.map((t) => t.rows[nearest(t.rows, x)]).filter(Boolean);
      if (found.length < tables.length) return;
      for (const s of stages) {
        s.classList.add("live");
        for (const svg of all("svg", s)) {
          const [x0, x1] = svg.dataset.x.split(" ").map(Number);
          const [y0, y1] = svg.dataset.y.split(" ").map(Number);
          const [low, high] = svg.dataset.v.split(" ").map(Number);
          const px = (f) => x0 + f * (x1 - x0);
          const cursor = svg.querySelector(".cursor");
          cursor.setAttribute("x1", px(found[0].x));
          cursor.setAttribute("x2", px(found[0].x));
          const across = svg.querySelector(".across");
          if (across) {
            const middle = y0 + ((row + 0.5) / rowsOf(svg).length) * (y1 - y0);
            across.setAttribute("y1", middle);
            across.setAttribute("y2", middle);
            across.style.visibility = s === stage ? "" : "hidden";
          }
          for (const dot of all(".dot", svg)) {
            const hit = found[Number(dot.dataset.t)];
            const v = value(tables[Number(dot.dataset.t)], hit.row, dot.dataset.k);
            dot.classList.toggle("on", Number.isFinite(v));
            if (!Number.isFinite(v)) continue;
            dot.setAttribute("cx", px(hit.x));
            dot.setAttribute("cy", Math.min(y1, Math.max(y0, y0 + ((high - v) / (high - low)) * (y1 - y0))));
          }
        }
        const tip = s.querySelector(".tip");
        tip.style.visibility = s === stage ? "" : "hidden";
        if (s !== stage) continue;
        tip.replaceChildren();
        const map = all("svg[data-rows]", s)[0];
        found.forEach((hit, t) => {
          if (map && Number(map.dataset.t) !== t) return;
          const cells = [...hit.row.cells];
          const only = map && rowsOf(map)[row];
          tables[t].heads.forEach((head, i) => {
            if (map && head.key !== "value" && !(head.tip && head.key === undefined)) {
              if (head.key === only) line(tip, "span", [head.label, cells[i].textContent]);
              return;
            }
            if (!head.tip) return;
            const text = cells[i].textContent;
            if (head.key === "value") line(tip, "b", [text]);
            else if (text !== "–" && text !== "") line(tip, "span", [head.label, text]);
          });
          const depth = Number(hit.row.cells[0].textContent.replace(/,/g, ""));
          const block = tables.length === 1 && blocks.find((b) => depth > b.from && depth <= b.to);
          if (block) line(tip, "span", [block.words]);
        });
        const svg = all("svg", s).find((e) => e.clientWidth > 0 || e.getBoundingClientRect().width > 0);
        const box = svg.getBoundingClientRect();
        const [x0, x1] = svg.dataset.x.split(" ").map(Number);
        const left = ((x0 + found[0].x * (x1 - x0)) / svg.viewBox.baseVal.width) * box.width;
        tip.style.left = Math.max(0, left + 14 + tip.offsetWidth < box.width ? left + 14 : left - 14 - tip.offsetWidth) + "px";
      }
    };
    const hide = () => { at = -1; for (const s of stages) s.classList.remove("live"); };

    for (const stage of stages) {
      const point = (event) => {
        const svg = event.target.closest("svg");
        if (!svg) return;
        const box = svg.getBoundingClientRect();
        const [x0, x1] = svg.dataset.x.split(" ").map(Number);
        const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
        if (svg.dataset.rows) {
          const [y0, y1] = svg.dataset.y.split(" ").map(Number);
          const y = ((event.clientY - box.top) / box.height) * svg.viewBox.baseVal.height;
          const count = rowsOf(svg).length;
          row = Math.min(count - 1, Math.max(0, Math.floor(((y - y0) / (y1 - y0)) * count)));
        }
        show(stage, Math.min(1, Math.max(0, (x - x0) / (x1 - x0))));
      };
      stage.addEventListener("pointermove", point);
      stage.addEventListener("pointerdown", point);
      // A finger that is lifted leaves its values; the next touch elsewhere takes them away.
      stage.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") hide(); });
      stage.addEventListener("blur", hide);
      stage.addEventListener("keydown", (event) => {
        const rows = tables[0].rows;
        const step = { ArrowRight: 1, ArrowLeft: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity }[event.key];
        if (event.key === "Escape") hide();
        const map = stage.querySelector("svg[data-rows]");
        const down = map ? { ArrowDown: 1, ArrowUp: -1 }[event.key] : undefined;
        if ((step === undefined && down === undefined) || rows.length === 0) return;
        event.preventDefault();
        if (map) row = Math.min(rowsOf(map).length - 1, Math.max(0, row + (down || 0)));
        at = Math.min(rows.length - 1, Math.max(0, at + (step || 0)));
        show(stage, rows[at].x);
      });
    }
  }
})();
`;
