// Zooming and searching in a flame graph that goscope wrote. Without it the picture is all there but stands still.
"use strict";
(() => {
  const NS = "http://www.w3.org/2000/svg";
  const svg = document.documentElement;
  const byId = (id) => document.getElementById(id);
  const width = Number(svg.dataset.width);
  const charWidth = Number(svg.dataset.char);
  const boxes = Array.from(svg.querySelectorAll("g.box"), (group) => {
    const rect = group.querySelector("rect");
    return {
      group,
      rect,
      text: group.querySelector("text"),
      // The tooltip's first line; the others are what it weighs.
      name: group.querySelector("title").textContent.split("\n")[0],
      x: Number(rect.getAttribute("x")),
      width: Number(rect.getAttribute("width")),
      y: Number(rect.getAttribute("y")),
      shown: true,
      found: false,
    };
  });
  let zoomed = boxes[0];
  let expression = null;

  const short = (name, chars) => {
    if (chars < 3) return "";
    const plain = name.split("[")[0];
    const start = plain.lastIndexOf("/") + 1;
    const tail = plain.slice(start);
    const base = tail.includes(".") ? tail.slice(tail.indexOf(".") + 1) : "";
    const fitting = [name, name.slice(start), tail, base].find((words) => words && words.length <= chars);
    return fitting || "…" + tail.slice(tail.length - chars + 1);
  };

  const place = (box, x, boxWidth, above) => {
    box.shown = boxWidth > 0;
    box.group.style.display = box.shown ? "" : "none";
    if (!box.shown) return;
    box.rect.setAttribute("x", x);
    box.rect.setAttribute("width", boxWidth);
    box.group.classList.toggle("above", above);
    const words = short(box.name, Math.floor((boxWidth - 6) / charWidth));
    if (words && !box.text) {
      box.text = document.createElementNS(NS, "text");
      box.text.setAttribute("y", box.y + 13);
      box.group.append(box.text);
    }
    if (box.text) {
      box.text.textContent = words;
      box.text.setAttribute("x", x + 3);
    }
  };

  const zoom = (target) => {
    zoomed = target;
    const left = target.x, right = target.x + target.width, scale = width / target.width;
    // Positions are rounded to a thousandth.
    const slack = 0.002;
    for (const box of boxes) {
      const above = box.y < target.y;
      const end = box.x + box.width;
      if (above && box.x <= left + slack && end >= right - slack) place(box, 0, width, true);
      else if (!above && box.x >= left - slack && end <= right + slack)
        place(box, Math.max(0, (box.x - left) * scale), Math.min(box.width * scale, width), false);
      else place(box, 0, 0, false);
    }
    byId("reset").style.display = target === boxes[0] ? "none" : "";
    mark();
  };

  // What matches inside of what matches counts once.
  const mark = () => {
    let matched = 0, count = 0;
    const covered = [];
    for (const box of boxes) {
      box.found = expression !== null && box !== boxes[0] && expression.test(box.name);
      box.group.classList.toggle("found", box.found);
      if (!box.found || box.y < zoomed.y || !box.shown) continue;
      count += 1;
      covered.push([box.x, box.x + box.width]);
    }
    covered.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    let end = -1;
    for (const [from, to] of covered) {
      if (to <= end) continue;
      matched += to - Math.max(from, end);
      end = to;
    }
    svg.classList.toggle("searching", expression !== null);
    const share = (100 * matched / zoomed.width).toFixed(2);
    byId("matched").textContent = expression === null ? "" : `${count} boxes match: ${share}% of the width`;
  };

  const search = (pattern) => {
    try {
      expression = pattern === "" ? null : new RegExp(pattern);
      input.style.outline = "";
      mark();
    } catch (error) {
      expression = null;
      mark();
      input.style.outline = "2px solid #c00";
      byId("matched").textContent = "not a regular expression";
    }
  };

  const remember = () => {
    const parts = [];
    if (zoomed !== boxes[0]) parts.push(`zoom=${boxes.indexOf(zoomed)}`);
    if (input.value) parts.push(`search=${encodeURIComponent(input.value)}`);
    try {
      history.replaceState(null, "", parts.length ? `#${parts.join("&")}` : location.pathname + location.search);
    } catch (error) {
      // Some browsers let no file change its address.
    }
  };

  const holder = document.createElementNS(NS, "foreignObject");
  const input = document.createElementNS("http://www.w3.org/1999/xhtml", "input");
  for (const [key, value] of Object.entries({ x: width - 250, y: 8, width: 242, height: 26 })) holder.setAttribute(key, value);
  input.type = "search";
  input.placeholder = "search: regular expression";
  input.setAttribute("aria-label", "search");
  input.setAttribute("style", "box-sizing: border-box; width: 100%; height: 100%; font: 12px monospace");
  holder.append(input);
  svg.append(holder);

  input.addEventListener("input", () => { search(input.value); remember(); });
  byId("reset").addEventListener("click", () => { zoom(boxes[0]); remember(); });
  svg.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      if (event.target === input && input.value) { input.value = ""; search(""); }
      else zoom(boxes[0]);
      input.blur();
      remember();
    } else if (event.target !== input && (event.key === "/" || (event.key === "f" && (event.ctrlKey || event.metaKey)))) {
      event.preventDefault();
      input.focus();
    }
  });
  const detail = byId("detail");
  const still = detail.textContent;
  for (const box of boxes) {
    box.group.addEventListener("click", () => { zoom(box); remember(); });
    box.group.addEventListener("mouseenter", () => {
      detail.textContent = box.group.querySelector("title").textContent.replace(/\s*\n\s*/g, "   ");
    });
    box.group.addEventListener("mouseleave", () => { detail.textContent = still; });
  }

  const wanted = new Map(location.hash.slice(1).split("&").map((part) => part.split(/=(.*)/s)));
  const at = boxes[Number(wanted.get("zoom"))];
  try {
    input.value = decodeURIComponent(wanted.get("search") || "");
  } catch (error) {
    input.value = "";
  }
  search(input.value);
  zoom(at || boxes[0]);
})();
