// The console's page. Everything that comes from a file is set as text, never as markup; there is no
// dependency and no other origin. Sections: words, elements, data, drawings, pages, navigation.
"use strict";
(() => {
const SVG = "http://www.w3.org/2000/svg";
const POLL_MS = 3000;
const EXAMPLE_POLICY = {version: "example", categories: {scam: {severity: "high", clause: {en: "no tricks to make people pay first", zh: "不得骗人先付款"}}}};
const state = {words: {}, lang: "en", overview: null, fetched: 0, key: "", round: 0, timer: 0, note: {}};

// ---------- words ----------

// Control, direction and zero-width characters could hide or reorder what the reader sees.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const clean = (text) => String(text).replace(HIDDEN, (c) => `[U+${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);

function t(key, values = {}) {
  const entry = state.words[key];
  if (!entry) return readable(key);
  return entry[state.lang].replace(/\{(\w+)(?::\.(\d)g)?\}/g, (whole, name, digits) => {
    const value = values[name];
    if (value === undefined || value === null) return "–";
    return digits && typeof value === "number" ? figure(value, Number(digits)) : clean(value);
  });
}
const readable = (name) => clean(name).replace(/[_-]/g, " ").trim() || "?";
const nameOf = (kind, name) => state.words[`${kind}_${name}`] ? t(`${kind}_${name}`) : readable(name);
const taskName = (task) => state.words[`task_${task}`] ? t(`task_${task}`) : clean(task);
const known = (value) => typeof value === "number" && Number.isFinite(value);
const points = (value, digits = 1) => known(value) ? fixed(value, digits) : "–";
function fixed(value, digits) {
  const shown = Math.abs(value).toFixed(digits);
  return value < 0 && Number(shown) !== 0 ? `−${shown}` : shown;
}
function figure(value, digits = 3) {
  if (!known(value)) return "–";
  const short = Number(value.toPrecision(digits));
  const shown = short !== 0 && Math.abs(short) < 1e-3 ? short.toExponential() : String(short);
  return shown.replace(/-/g, "−");
}
// Sentences that the programs write into files and answers: the wording without its numbers is the key.
function said(text) {
  const numbers = [];
  const key = `said_${text.replace(/\d[\d.]*%?/g, (n) => { numbers.push(n); return " "; }).toLowerCase().replace(/[^a-z]+/g, " ").trim().replace(/ /g, "_")}`;
  return state.words[key] ? t(key, {a: numbers[0], b: numbers[1]}) : clean(text);
}
const whole = (value) => known(value) ? Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, "\u202f") : "–";
const percent = (value, digits = 1) => known(value) ? `${points(100 * value, digits)} %` : "–";
const signed = (value, digits = 1) => !known(value) ? "–" : Number(value.toFixed(digits)) === 0 ? (0).toFixed(digits) : (value > 0 ? "+" : "−") + Math.abs(value).toFixed(digits);
function duration(seconds) {
  if (!known(seconds)) return "–";
  const total = Math.round(seconds);
  const two = (n) => String(n).padStart(2, "0");
  if (total < 100) return t("in_seconds", {s: total});
  if (total < 6000) return t("in_minutes", {m: Math.floor(total / 60), s: two(total % 60)});
  if (total < 172800) return t("in_hours", {h: Math.floor(total / 3600), m: two(Math.floor(total % 3600 / 60))});
  return t("days", {n: Math.floor(total / 86400)});
}
const ago = (seconds) => known(seconds) ? t("ago", {time: duration(seconds)}) : "–";

// ---------- elements ----------

function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  fill(element, attributes, children);
  return element;
}
function s(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  fill(element, attributes, children);
  return element;
}
function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value" && "value" in element) element.value = value;
    else if (key === "v") element.style.setProperty("--v", `${value}%`);
    else element.setAttribute(key, value === true ? "" : typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : clean(child));
  }
}
const link = (page, params, ...children) => h("a", {href: address(page, params)}, ...children);
const chip = (text, style = "") => h("span", {class: `chip ${style}`}, text);
const scroller = (table, label) => h("div", {class: "scroller", tabindex: "0", role: "region", "aria-label": label}, table);

function table(caption, heads, rows, style = "") {
  const body = rows.map((cells) => h("tr", {}, cells.map((cell, i) =>
    h(i === 0 ? "th" : "td", {scope: i === 0 ? "row" : null, class: heads[i].style || null}, cell))));
  return scroller(h("table", {class: style},
    h("caption", {}, caption),
    h("thead", {}, h("tr", {}, heads.map((head) => h("th", {scope: "col", class: head.style || null}, head.text)))),
    h("tbody", {}, body)), caption);
}
const num = (text) => ({text, style: "num"});
const col = (text, style = "") => ({text, style});

function field(id, label, control, hint) {
  control.id = id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return h("div", {class: "field"}, h("label", {for: id}, label), control, hint ? h("small", {id: `${id}-hint`}, hint) : null);
}
function choice(id, label, options, value, onchange) {
  const select = h("select", {onchange: (event) => onchange(event.target.value)},
    options.map(([key, text]) => h("option", {value: key, selected: key === value}, text)));
  return field(id, label, select);
}
function problems(list) {
  if (!list || !list.length) return null;
  return h("div", {class: "alert", role: "note"}, h("h2", {}, t("problems_title")),
    h("ul", {}, list.map((p) => h("li", {}, t(p.key, p.values)))));
}
function pager(page, size, total, go) {
  if (total <= size) return h("p", {class: "meta"}, t("found_n", {n: whole(total)}));
  const last = Math.ceil(total / size) - 1;
  const turn = (id, key, target, off) => h("button", {type: "button", id, disabled: off, onclick: () => go(target)}, t(key));
  return h("nav", {class: "pager", "aria-label": t("paging")}, turn("page-back", "previous", page - 1, page <= 0),
    h("span", {}, t("page_of", {page: page + 1, pages: last + 1, n: whole(total)})), turn("page-next", "next", page + 1, page >= last));
}
const say = (text) => { document.getElementById("said").textContent = text; };

// ---------- data ----------

class Failed extends Error {
  constructor(status, message) { super(message); this.status = status; }
}
async function ask(path, params = {}, body = null) {
  const used = Object.entries(params).filter(([, v]) => v !== "" && v !== null && v !== undefined);
  const query = new URLSearchParams(used).toString();
  const headers = state.key ? {authorization: `Bearer ${state.key}`} : {};
  if (body) headers["content-type"] = "application/json";
  let response;
  try {
    response = await fetch(path + (query ? `?${query}` : ""), {headers, method: body ? "POST" : "GET", body: body ? JSON.stringify(body) : null});
  } catch {
    throw new Failed(0, t("unreachable"));
  }
  let value = null;
  try { value = await response.json(); } catch { /* told below by the status */ }
  if (!response.ok || value === null) {
    const detail = value && value.error ? value.error.message : value && Array.isArray(value.detail) ? value.detail.map((d) => `${(d.loc || []).slice(1).join(".")}: ${d.msg}`).join("; ") : "";
    throw new Failed(response.status, detail || t("failed", {status: response.status}));
  }
  return value;
}
async function overview(fresh) {
  if (fresh || !state.overview || Date.now() - state.fetched > 5000) {
    state.overview = await ask("/api/overview");
    state.fetched = Date.now();
  }
  return state.overview;
}

// ---------- drawings ----------

function drawing(width, height, label, children, style = "chart") {
  return s("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label, class: style}, children);
}
const word = (x, y, text, style = "", anchor = "start") => s("text", {x, y, class: style, "text-anchor": anchor}, text);
function ticks(low, high, wanted = 4) {
  if (!(high > low)) return [low];
  const raw = (high - low) / wanted, size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((m) => m * size).find((m) => m >= raw * 0.75);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i <= Math.floor(high / step + 1e-9); i++) found.push(i * step);
  return found;
}
function padded(values, least = 0) {
  const low = Math.min(...values), high = Math.max(...values);
  const room = Math.max((high - low) * 0.12, (least - (high - low)) / 2, Math.abs(high) * 1e-3, 1e-9);
  return [low - room, high + room];
}
const scale = ([low, high], from, to) => (value) => from + (value - low) / (high - low || 1) * (to - from);

function seesaw(stages, decoding, tolerance) {
  const spots = stages.map((stage, i) => ({i, stage, sns: (stage.scores[decoding] || {}).sns || {}, general: (stage.scores[decoding] || {}).general || {}}))
    .filter((p) => known(p.sns.score) && known(p.general.score));
  if (!spots.length) return null;
  const W = 420, H = 300, left = 46, right = W - 14, top = 12, bottom = H - 46;
  const xs = spots.flatMap((p) => [p.sns.score, p.sns.low, p.sns.high]).filter(known);
  const ys = spots.flatMap((p) => [p.general.score, p.general.low, p.general.high]).filter(known);
  const xr = padded(xs, 8), yr = padded(ys, 8), x = scale(xr, left, right), y = scale(yr, bottom, top);
  const base = spots[0].general.score, limit = base - tolerance, parts = [];
  if (yr[0] < limit) {
    parts.push(s("rect", {x: left, y: y(limit), width: right - left, height: bottom - y(limit), class: "cost"}));
    if (bottom - y(limit) > 26) parts.push(word(right - 6, bottom - 7, t("seesaw_cost"), "", "end"));
  }
  parts.push(s("line", {x1: left, x2: right, y1: y(base), y2: y(base), class: "baseline"}), word(right - 6, y(base) - 5, t("seesaw_base"), "", "end"));
  for (const mark of ticks(...yr)) parts.push(s("line", {x1: left, x2: right, y1: y(mark), y2: y(mark), class: "grid"}), word(left - 6, y(mark) + 4, figure(mark), "", "end"));
  for (const mark of ticks(...xr, 5)) parts.push(s("line", {x1: x(mark), x2: x(mark), y1: top, y2: bottom, class: "grid"}), word(x(mark), bottom + 16, figure(mark), "", "middle"));
  parts.push(word((left + right) / 2, H - 8, t("axis_sns"), "", "middle"));
  parts.push(s("text", {transform: `translate(12 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle"}, t("axis_general")));
  const at = spots.map((p) => [x(p.sns.score), y(p.general.score)]);
  parts.push(s("path", {class: "route", d: at.map(([a, b], i) => `${i ? "L" : "M"}${a.toFixed(1)} ${b.toFixed(1)}`).join(" ")}));
  const labels = apart(at, left + 11, right - 11, top + 11, bottom - 11);
  spots.forEach((p, i) => {
    const style = `s${Math.min(p.i, 7)}`, [a, b] = at[i], [lx, ly] = labels[i];
    if (known(p.sns.low)) parts.push(s("line", {x1: x(p.sns.low), x2: x(p.sns.high), y1: b, y2: b, class: `whisker ${style}`}));
    if (known(p.general.low)) parts.push(s("line", {x1: a, x2: a, y1: y(p.general.low), y2: y(p.general.high), class: `whisker ${style}`}));
    parts.push(s("line", {x1: a, y1: b, x2: lx, y2: ly, class: `leader ${style}`}), s("circle", {cx: a, cy: b, r: 4, class: `dot ${style}`}),
      s("circle", {cx: lx, cy: ly, r: 9.5, class: `badge ${style}`}), word(lx, ly + 4, String(p.i), "badge-text", "middle"));
  });
  const said = spots.map((p) => `${nameOf("stage", p.stage.name)}: ${points(p.sns.score)} / ${points(p.general.score)}`).join("; ");
  return drawing(W, H, t("alt_seesaw_console", {decoding: nameOf("decoding", decoding), values: said}), parts);
}
// Where the numbered badges go: near their spots, clear of each other and of every spot.
function apart(places, left, right, top, bottom) {
  const labels = places.map(([x, y], i) => [x - 15 * Math.cos(0.9 + i), y - 15 * Math.sin(0.9 + i)]);
  for (let round = 0; round < 80; round++) {
    labels.forEach(([x, y], i) => {
      let dx = (places[i][0] - x) * 0.04, dy = (places[i][1] - y) * 0.04;
      const others = labels.filter((_, j) => j !== i).map((o) => [o, 24]).concat(places.map((p) => [p, 17]));
      for (const [[ox, oy], clear] of others) {
        const far = Math.hypot(x - ox, y - oy) || 0.1;
        if (far < clear) { dx += (x - ox + 0.01 * (i + 1)) / far * (clear - far) * 0.5; dy += (y - oy) / far * (clear - far) * 0.5; }
      }
      labels[i] = [Math.min(Math.max(x + dx, left), right), Math.min(Math.max(y + dy, top), bottom)];
    });
  }
  return labels;
}
function curve(curvePoints, label, style) {
  const W = 280, H = 130, left = 44, right = W - 10, top = 8, bottom = H - 22;
  const xr = [curvePoints[0][0], curvePoints[curvePoints.length - 1][0]], yr = padded(curvePoints.map((p) => p[1]));
  const x = scale(xr, left, right), y = scale(yr, bottom, top), parts = [];
  for (const mark of ticks(...yr, 3)) parts.push(s("line", {x1: left, x2: right, y1: y(mark), y2: y(mark), class: "grid"}), word(left - 5, y(mark) + 4, figure(mark), "", "end"));
  for (const mark of ticks(...xr)) if (Number.isInteger(mark)) parts.push(word(x(mark), H - 6, whole(mark), "", "middle"));
  parts.push(s("path", {class: `line ${style}`, d: curvePoints.map(([a, b], i) => `${i ? "L" : "M"}${x(a).toFixed(1)} ${y(b).toFixed(1)}`).join("")}));
  return drawing(W, H, label, parts);
}
function groupBar(groups) {
  const values = ["kept", "all_zero", "all_one"].map((key) => groups[key] || 0), sum = values.reduce((a, b) => a + b, 0);
  if (!sum) return "–";
  const total = Math.max(...values) <= 1 ? Math.max(sum, 1) : sum;
  let x = 0;
  const parts = [s("rect", {x: 0, y: 0, width: 100, height: 9, class: "fill rest"})];
  ["kept", "all_zero", "all_one"].forEach((key, i) => {
    const wide = 100 * values[i] / total;
    if (wide) parts.push(s("rect", {x, y: 0, width: wide, height: 9, class: `fill ${key}`}));
    x += wide;
  });
  const [kept, zero, one] = values.map((v) => Math.round(100 * v / total));
  return drawing(100, 9, t("alt_group_bar", {kept, zero, one}), parts, "bar");
}
const TONE = {better: "good", holds: "good", worse: "bad", broken: "bad"};
function forest(rows) {
  const drawn = rows.filter((row) => known(row.last.value));
  const spans = drawn.flatMap((row) => [row.last.value, row.last.low, row.last.high]).filter(known);
  if (!spans.length) return null;
  const W = 420, step = 36, bottom = 8 + step * drawn.length, range = padded([...spans, 0], 1);
  const x = scale(range, 10, W - 62), parts = [];
  for (const mark of ticks(...range, 5)) parts.push(s("line", {x1: x(mark), x2: x(mark), y1: 4, y2: bottom, class: Math.abs(mark) < 1e-9 ? "zero-line" : "grid"}), word(x(mark), bottom + 15, `${figure(mark)} %`, "", "middle"));
  drawn.forEach((row, i) => {
    const y = 4 + step * i + 25, style = TONE[row.outcome] || "even";
    parts.push(word(10, y - 11, nameOf("metric", row.name), "row-title"));
    if (known(row.last.low)) parts.push(s("line", {x1: x(row.last.low), x2: x(row.last.high), y1: y, y2: y, class: `whisker ${style}`}));
    parts.push(s("circle", {cx: x(row.last.value), cy: y, r: 4.4, class: `dot ${style}`}), word(W - 4, y + 4, `${signed(row.last.value)} %`, "", "end"));
  });
  const said = drawn.map((row) => `${nameOf("metric", row.name)} ${signed(row.last.value)} %`).join("; ");
  return drawing(W, bottom + 20, t("alt_forest_console", {values: said}), parts);
}

// ---------- pages ----------

const stateChip = (value) => chip(t(`state_${value}`), value);
function heading(title, lead) {
  document.title = `${title} · RedOne`;
  return [h("h1", {tabindex: "-1", id: "title"}, title), lead ? h("p", {class: "lead"}, lead) : null];
}
function runChoice(over, params, id = "run", label = "run", key = "run") {
  return choice(id, t(label), over.runs.map((run) => [run.name, clean(run.name)]), params[key], (value) => change({...params, [key]: value, stage: "", page: ""}));
}
function firstRun(over, params, key = "run") {
  if (!over.runs.length) return null;
  return over.runs.some((run) => run.name === params[key]) || params[key] ? params[key] : over.runs[over.runs.length - 1].name;
}
const noRuns = () => [h("p", {class: "alert"}, t("no_runs")), h("pre", {class: "command"}, "redone run recipes/redone-2-nano.yaml --out runs/demo")];

async function runsPage() {
  const over = await overview(true);
  const parts = [heading(t("nav_runs"), t("runs_lead", {root: over.root}))];
  if (over.cut || over.left_out) parts.push(h("p", {class: "alert"}, t("runs_cut")));
  if (!over.runs.length) return [...parts, noRuns()];
  const now = Date.now() / 1000;
  const rows = over.runs.map((run) => [
    [link("run", {run: run.name}, run.name), run.recipe ? h("small", {}, run.recipe) : null, run.problems.length ? h("small", {class: "bad"}, t("has_problems")) : null],
    stateChip(run.state),
    [h("progress", {max: Math.max(run.stages, 1), value: run.done, "aria-label": t("stages_done")}), ` ${run.done}/${run.stages}`],
    points((run.scores.sns || {}).score), points((run.scores.general || {}).score), points((run.scores.translation || {}).score),
    run.touched ? ago(now - run.touched) : "–",
  ]);
  parts.push(table(t("caption_runs", {n: over.runs.length}), [col(t("run")), col(t("state")), col(t("stages"), "tight"), num(nameOf("suite", "sns")), num(nameOf("suite", "general")), num(nameOf("suite", "translation")), col(t("last_write"), "tight")], rows, "sticky"));
  if (over.runs.some((run) => run.state === "running")) poll(() => change(route().params, true));
  return parts;
}

async function runPage(params) {
  const over = await overview();
  const name = firstRun(over, params);
  if (!name) return [heading(t("nav_runs")), noRuns()];
  let run = await ask("/api/run", {run: name});
  let decoding = run.headline;
  const tables = h("div"), plots = h("div"), training = h("div"), top = h("div");
  const draw = () => {
    const held = tables.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    top.replaceChildren(...flat(runHead(run)));
    tables.replaceChildren(stageTable(run, decoding));
    plots.replaceChildren(...flat(seesawPart(run, decoding)));
    training.replaceChildren(...flat(trainingPart(run)));
    const again = held && [...tables.querySelectorAll("a")].find((a) => a.getAttribute("href") === held);
    if (again) again.focus({preventScroll: true}); // a new row must not take the focus away
  };
  draw();
  const again = async () => {
    const before = run.stages.map((stage) => stage.state).join();
    run = await ask("/api/run", {run: name});
    draw();
    if (run.stages.map((stage) => stage.state).join() !== before || run.state !== "running") say(t("progress_said", {done: run.stages.filter((x) => x.state === "done").length, n: run.stages.length}));
    if (run.state === "running") poll(again);
  };
  if (run.state === "running") poll(again);
  const decodings = run.decodings.length > 1 ? h("div", {class: "filters"}, choice("decoding", t("decoding"), run.decodings.map((d) => [d, nameOf("decoding", d)]), decoding, (value) => { decoding = value; draw(); })) : null;
  return [h("p", {class: "crumb"}, link("runs", {}, t("nav_runs"))), heading(run.name), top, decodings, tables, plots, training];
}
const flat = (list) => [list].flat(Infinity).filter((x) => x !== null && x !== undefined && x !== false);

function runHead(run) {
  const facts = [stateChip(run.state), run.recipe ? ` ${clean(run.recipe)}` : "", known(run.seed) ? ` · ${t("seed")} ${run.seed}` : "", known(run.age) ? ` · ${t("last_row")} ${ago(run.age)}` : ""];
  const going = run.stages.find((stage) => stage.state === "begun");
  const parts = [h("p", {class: "meta"}, facts), problems(run.problems)];
  if (going) {
    const bar = going.planned ? h("progress", {max: going.planned, value: going.step || 0, "aria-label": nameOf("stage", going.name)}) : null;
    parts.push(h("p", {class: "now"}, t(run.state === "running" ? "now_running" : "stopped_in", {stage: nameOf("stage", going.name)}), " ", bar, " ", going.step ? going.planned ? t("step_of", {step: whole(going.step), n: whole(going.planned)}) : t("step_n", {step: whole(going.step)}) : t("no_step_yet")));
  }
  for (const stage of run.stages) for (const warning of stage.warnings) parts.push(h("p", {class: "alert"}, `${nameOf("stage", stage.name)}: ${clean(warning)}`));
  return parts;
}
function stageTable(run, decoding) {
  const score = (stage, suite) => ((stage.scores[decoding] || {})[suite] || {}).score;
  const rows = run.stages.map((stage, i) => [
    h("span", {class: "named"}, h("span", {class: `key s${Math.min(i, 7)}`, "aria-hidden": "true"}, String(i)), nameOf("stage", stage.name)),
    stateChip(stage.state === "begun" && run.state === "running" ? "running" : stage.state),
    stage.step && stage.planned ? [h("progress", {max: stage.planned, value: stage.step, "aria-label": t("steps")}), ` ${whole(stage.step)}/${whole(stage.planned)}`] : whole(stage.step),
    ...run.suites.map((suite) => points(score(stage, suite))),
    whole(stage.examples), whole(stage.tokens), duration(stage.seconds),
    [stage.diagnosis ? [link("weakness", {run: run.name, stage: stage.name}, t("nav_weakness")), h("br")] : null,
      stage.rollouts ? [link("rollouts", {run: run.name, stage: stage.folder}, t("nav_rollouts")), h("br")] : null,
      stage.samples && i ? link("compare", {left: run.name, left_stage: run.stages[0].folder, right: run.name, right_stage: stage.folder}, t("compare_with_base")) : null],
  ]);
  const heads = [col(t("stage")), col(t("state")), col(t("steps"), "tight"), ...run.suites.map((suite) => num(nameOf("suite", suite))), num(t("examples")), num(t("tokens")), num(t("time")), col(t("open"), "tight")];
  return table(t("caption_stages_console", {decoding: nameOf("decoding", decoding)}), heads, rows, "sticky");
}
function seesawPart(run, decoding) {
  const plot = seesaw(run.stages, decoding, run.tolerance);
  if (!plot) return null;
  return [h("h2", {}, t("seesaw_heading")), h("p", {class: "lead"}, t("seesaw_note", {tolerance: figure(run.tolerance)})),
    h("div", {class: "two"}, h("figure", {}, h("figcaption", {}, nameOf("decoding", decoding)), plot),
      h("ul", {class: "legend column"}, run.stages.map((stage, i) => {
        const sns = ((stage.scores[decoding] || {}).sns || {}).score, general = ((stage.scores[decoding] || {}).general || {}).score;
        return h("li", {}, h("span", {class: `key s${Math.min(i, 7)}`}, String(i)), nameOf("stage", stage.name), h("small", {}, t("spot", {sns: points(sns), general: points(general)})));
      })))];
}
function trainingPart(run) {
  const drawn = run.stages.map((stage, i) => ({stage, i})).filter(({stage}) => Object.values(stage.curves).some((c) => c.length > 1));
  if (!drawn.length) return null;
  return [h("h2", {}, t("training_heading")), drawn.map(({stage, i}) => [h("h3", {}, h("span", {class: `key s${Math.min(i, 7)}`, "aria-hidden": "true"}, String(i)), nameOf("stage", stage.name)),
    h("div", {class: "panels"}, Object.entries(stage.curves).filter(([, c]) => c.length > 1).slice(0, 6).map(([signal, c]) => {
      const title = t(`curve_${signal}`), last = c[c.length - 1];
      return h("figure", {}, h("figcaption", {}, title, h("span", {class: "dim"}, ` ${figure(last[1])}`)), curve(c, t("alt_curve_console", {signal: title, first: figure(c[0][1]), last: figure(last[1]), step: whole(last[0])}), `s${Math.min(i, 7)}`));
    }))])];
}

async function weaknessPage(params) {
  const over = await overview(), name = firstRun(over, params);
  if (!name) return [heading(t("nav_weakness")), noRuns()];
  const data = await ask("/api/weakness", {run: name});
  const stages = data.diagnoses.map((d) => [d.stage, nameOf("stage", d.stage)]);
  const shown = data.diagnoses.find((d) => d.stage === params.stage) || data.diagnoses[0];
  const parts = [heading(t("weakness_title"), t("weakness_lead")), h("div", {class: "filters"}, runChoice(over, {...params, run: name}),
    stages.length > 1 ? choice("stage", t("stage"), stages, shown.stage, (value) => change({...params, run: name, stage: value})) : null), problems(data.problems)];
  if (!shown) return data.problems.length ? parts : [...parts, h("p", {class: "alert"}, t("no_diagnosis"))];
  const weak = shown.tasks.filter((task) => task.weak).length;
  parts.push(h("p", {class: "big"}, t("weak_n", {weak, n: shown.tasks.length})), h("p", {class: "meta"}, t("diagnosed_after", {stage: nameOf("stage", shown.after)}), " ", Object.entries(shown.rule).map(([key, value]) => t(`rule_${key}`, {value: figure(value)}) + (state.words[`rule_${key}`] ? "" : ` ${figure(value)}`)).join(" · ")));
  parts.push(h("ul", {class: "legend"}, h("li", {}, h("span", {class: "swatch weak"}), t("legend_weak")), h("li", {}, t("legend_tile"))));
  const groups = new Map();
  for (const task of shown.tasks) groups.set(task.capability, [...(groups.get(task.capability) || []), task]);
  for (const [capability, tasks] of groups) {
    parts.push(h("h3", {}, nameOf("capability", capability)), h("ul", {class: "tiles"}, tasks.map((task) =>
      h("li", {class: `tile ${task.weak ? "weak" : ""}`, v: known(task.score) ? Math.max(0, Math.min(100, task.score)) : 0}, taskName(task.task), h("b", {}, points(task.score)), task.weak ? h("span", {class: "flag"}, t("weak")) : null))));
  }
  const rows = [...shown.tasks].sort((a, b) => (b.weak - a.weak) || (a.score ?? 0) - (b.score ?? 0)).map((task) => [
    [taskName(task.task), h("small", {}, nameOf("capability", task.capability))],
    [points(task.score), known(task.low) ? h("small", {}, `${points(task.low)}–${points(task.high)}`) : null],
    points(task.later),
    Object.entries(task.passes).map(([k, v]) => h("small", {}, `pass@${k} ${percent(v, 0)}`)),
    groupBar(task.groups),
    [task.weak ? chip(t("weak"), "bad") : null, task.reasons.map((reason) => h("small", {}, said(reason))), task.constant ? h("small", {}, t("constant_answer", {answer: task.constant})) : null],
    Object.entries(task.plan).map(([key, value]) => h("small", {}, `${t(`plan_${key}`)} ${figure(value, 4)}`)),
  ]);
  parts.push(h("ul", {class: "legend apart"}, ["kept", "all_zero", "all_one"].map((key) => h("li", {}, h("span", {class: `swatch ${key}`}), t(`group_${key}`)))));
  parts.push(table(t("caption_weakness"), [col(t("task")), num(t("score")), num(t("later")), col(t("pass_rate"), "tight"), col(t("groups")), col(t("why"), "why"), col(t("plan"), "tight")], rows, "sticky"));
  return parts;
}

async function rolloutsPage(params) {
  const over = await overview(), name = firstRun(over, params);
  if (!name) return [heading(t("nav_rollouts")), noRuns()];
  const run = await ask("/api/run", {run: name});
  const stages = run.stages.filter((stage) => stage.rollouts), wanted = {...params, run: name};
  const parts = [heading(t("rollouts_title"), t("rollouts_lead"))];
  if (!stages.length) return [...parts, h("div", {class: "filters"}, runChoice(over, wanted)), problems(run.problems), h("p", {class: "alert"}, t("no_rollouts"))];
  const stage = stages.find((one) => one.folder === params.stage) || stages[stages.length - 1], page = Number(params.page) || 0;
  const data = await ask("/api/rollouts", {run: name, stage: stage.folder, task: params.task, reward: params.reward, step: params.step, page});
  const set = (key) => (value) => change({...wanted, stage: stage.folder, page: "", [key]: value});
  const tasks = [["", t("all_tasks")], ...(data.tasks || []).map(({task, n}) => [task, `${taskName(task)} (${whole(n)})`])];
  const rewards = ["", "zero", "between", "one", "penalised", "unscored"].map((key) => [key, t(`reward_${key || "any"}`)]);
  const step = h("input", {type: "number", min: 0, value: params.step || "", onchange: (event) => set("step")(event.target.value)});
  parts.push(h("div", {class: "filters"}, runChoice(over, wanted), choice("stage", t("stage"), stages.map((one) => [one.folder, nameOf("stage", one.name)]), stage.folder, set("stage")),
    choice("task", t("task"), tasks, params.task || "", set("task")), choice("reward", t("reward"), rewards, params.reward || "", set("reward")),
    field("step", data.steps && data.steps.length ? t("step_range", {low: data.steps[0], high: data.steps[1]}) : t("steps"), step)), problems(data.problems));
  if (data.means && data.total) parts.push(h("p", {class: "meta"}, t("rollout_means", {raw: figure(data.means[0]), shaped: figure(data.means[1])})));
  parts.push(pager(page, data.page_size || 25, data.total, (target) => change({...wanted, stage: stage.folder, page: String(target)})));
  parts.push(h("ul", {class: "cards"}, data.rows.map((row) => rolloutCard(row, name, stage.folder, over.model))));
  if (data.total > data.page_size) parts.push(h("p", {class: "meta"}, t("page_end")));
  say(t("found_n", {n: whole(data.total)}));
  return parts;
}
function fact(label, value, style = "") {
  return h("div", {}, h("dt", {}, label), h("dd", {class: style}, value));
}
function rolloutCard(row, run, stage, model) {
  const box = h("div", {id: `tokens-${row.index}`, hidden: true});
  const open = async (button, withModel) => {
    const closing = button.getAttribute("aria-expanded") === "true";
    for (const other of button.parentElement.querySelectorAll("button")) other.setAttribute("aria-expanded", "false");
    box.hidden = closing;
    if (closing) return;
    button.setAttribute("aria-expanded", "true");
    box.replaceChildren(h("p", {class: "meta"}, t("loading")));
    try {
      box.replaceChildren(...flat(tokenView(await ask("/api/tokens", {run, stage, index: row.index, with_model: withModel}), withModel ? model : "")));
      say(t("tokens_shown"));
    } catch (error) {
      box.replaceChildren(h("p", {class: "alert"}, error.message));
    }
  };
  const button = (key, withModel, values) => h("button", {type: "button", class: "small", "aria-expanded": "false", "aria-controls": box.id, onclick: (event) => open(event.currentTarget, withModel)}, t(key, values));
  const penalty = known(row.raw) && known(row.shaped) && row.shaped < row.raw;
  return h("li", {class: "card"}, h("div", {class: "card-head"}, h("h3", {}, taskName(row.task)), h("p", {class: "tagline"}, t("rollout_place", {step: row.step, group: row.group}))),
    h("p", {class: "prompt"}, row.prompt), h("p", {class: "output"}, row.text || t("empty_answer")),
    h("dl", {class: "facts"}, fact(t("raw"), known(row.raw) ? figure(row.raw) : t("unscored"), row.raw >= 1 ? "good" : row.raw === 0 ? "bad" : ""), fact(t("shaped"), known(row.shaped) ? figure(row.shaped) : "–", penalty ? "bad" : ""), fact(t("advantage"), signed(row.advantage, 2)),
      row.references.length ? fact(t("reference"), row.references.join(" • ")) : null, fact(t("finish"), t(`finish_${row.finish}`)),
      Object.entries(row.components).map(([key, value]) => fact(nameOf("component", key), figure(value))), row.problem ? fact(t("problem"), row.problem, "bad") : null),
    h("div", {class: "buttons"}, button("show_tokens", false), model ? button("score_tokens", true, {model}) : null), box);
}
function tokenView(data, model) {
  const list = (pieces, label, second) => h("ol", {class: "tokens", "aria-label": label}, pieces.map((piece, i) => {
    const doubt = known(piece.logprob) ? Math.round(70 * (1 - Math.exp(piece.logprob))) : 0;
    return h("li", {v: doubt}, h("span", {class: "piece"}, piece.text === "" ? "·" : piece.text.replace(/\n/g, "⏎").replace(/^ | $/g, "␣")), h("small", {}, points(piece.logprob, 2)), second ? h("small", {class: "dim"}, points(second[i], 2)) : null);
  }));
  const parts = [h("p", {class: "note"}, t(data.model ? "tokens_both" : "tokens_note", {model}))];
  if (!data.named) parts.push(h("p", {class: "note"}, t("tokens_unnamed")));
  if (!data.pieces.length) return [...parts, h("p", {class: "note"}, t("no_tokens"))];
  parts.push(list(data.pieces, t("tokens"), data.model));
  if (data.model_pieces) parts.push(h("p", {class: "note"}, t("tokens_other", {model})), list(data.model_pieces, t("tokens")));
  if (data.cut) parts.push(h("p", {class: "note"}, t("tokens_cut")));
  return parts;
}

async function comparePage(params) {
  const over = await overview();
  const right = firstRun(over, params, "right"), left = params.left || right;
  if (!right) return [heading(t("nav_compare")), noRuns()];
  const runs = [await ask("/api/run", {run: left}), await ask("/api/run", {run: right})];
  const stages = runs.map((run) => run.stages.filter((stage) => stage.samples));
  const pick = (side, key, fallback) => (stages[side].find((stage) => stage.folder === params[key]) || fallback || {}).folder || "";
  const wanted = {...params, left, right, left_stage: pick(0, "left_stage", left === right ? stages[0][0] : stages[0][stages[0].length - 1]), right_stage: pick(1, "right_stage", stages[1][stages[1].length - 1])};
  const names = over.runs.map((run) => [run.name, clean(run.name)]), page = Number(params.page) || 0;
  const set = (key) => (value) => change({...wanted, page: "", ...(key === "left" || key === "right" ? {[`${key}_stage`]: ""} : {}), [key]: value});
  const side = (key, index) => h("fieldset", {class: "box"}, h("legend", {}, t(`side_${key}`)), h("div", {class: "filters"}, choice(key, t("run"), names, wanted[key], set(key)),
    choice(`${key}_stage`, t("stage"), stages[index].map((stage) => [stage.folder, nameOf("stage", stage.name)]), wanted[`${key}_stage`], set(`${key}_stage`))));
  const parts = [heading(t("compare_title"), t("compare_lead")), h("div", {class: "two"}, side("left", 0), side("right", 1))];
  if (!wanted.left_stage || !wanted.right_stage) return [...parts, h("p", {class: "alert"}, t("no_samples"))];
  const data = await ask("/api/pairs", {...wanted, page});
  const counts = data.counts, changes = [["", t("change_any")], ...["gained", "lost", "equal", "unknown"].map((key) => [key, `${t(`change_${key}`)} (${whole(counts[key])})`])];
  parts.push(h("div", {class: "filters"}, data.decodings.length ? choice("decoding", t("decoding"), data.decodings.map((d) => [d, nameOf("decoding", d)]), data.decoding, set("decoding")) : null,
    choice("task", t("task"), [["", t("all_tasks")], ...data.tasks.map((row) => [row.task, `${taskName(row.task)} (+${row.gained} −${row.lost})`])], params.task || "", set("task")),
    choice("change", t("change"), changes, params.change || "", set("change"))), problems(data.problems));
  parts.push(h("p", {class: "big"}, h("span", {class: "up"}, t("gained_n", {n: counts.gained})), " · ", h("span", {class: "down"}, t("lost_n", {n: counts.lost})), ` · ${t("equal_n", {n: counts.equal})}`),
    h("p", {class: "meta"}, t("pair_means", {left: points(known(data.means[0]) ? 100 * data.means[0] : null), right: points(known(data.means[1]) ? 100 * data.means[1] : null)}), data.alone[0] || data.alone[1] ? ` ${t("alone_n", {left: data.alone[0], right: data.alone[1]})}` : ""));
  parts.push(pager(page, data.page_size, data.total, (target) => change({...wanted, page: String(target)})));
  const output = (key, item) => h("div", {class: "side"}, h("p", {class: "tagline"}, t(`side_${key}`), " ", h("span", {class: item.change === "gained" ? key === "right" ? "good" : "bad" : item.change === "lost" ? key === "right" ? "bad" : "good" : ""}, known(item[key].score) ? percent(item[key].score, 0) : t("unscored"))), h("p", {class: "output"}, item[key].output || t("empty_answer")));
  parts.push(h("ul", {class: "cards"}, data.items.map((item) => h("li", {class: "card"}, h("div", {class: "card-head"}, h("h3", {}, taskName(item.task)), chip(t(`change_${item.change}`), item.change === "gained" ? "good" : item.change === "lost" ? "bad" : "")),
    h("p", {class: "prompt"}, item.prompt), item.same_prompt ? null : h("p", {class: "note"}, t("other_prompt")), h("p", {class: "tagline"}, `${t("reference")}: ${clean(item.references.join(" • ")) || "–"}`), h("div", {class: "sides"}, output("left", item), output("right", item))))));
  say(t("found_n", {n: whole(data.total)}));
  return parts;
}

async function appsPage() {
  const over = await overview();
  const parts = [heading(t("apps_title"), t("apps_lead"))];
  if (!over.model) return [...parts, h("p", {class: "alert"}, t("no_model")), h("pre", {class: "command"}, "redone console runs --model runs/demo/model")];
  parts.push(h("p", {class: "meta"}, t("served_model", {model: over.model})));
  const note = state.note, keep = (key) => (event) => { note[key] = event.target.value; };
  const input = (key, rest = {}) => h("input", {type: "text", value: note[key] || "", autocomplete: "off", oninput: keep(key), ...rest});
  const body = h("textarea", {oninput: keep("body"), maxlength: 20000}); body.value = note.body || "";
  const policy = h("textarea", {class: "code", spellcheck: "false", oninput: keep("policy")}); policy.value = note.policy ?? (over.policy ? "" : JSON.stringify(EXAMPLE_POLICY, null, 1));
  const language = h("select", {onchange: keep("language")}, [["", t("by_characters")], ["en", "English"], ["zh", "中文"]].map(([key, text]) => h("option", {value: key, selected: key === (note.language || "")}, text)));
  const results = h("section", {"aria-live": "polite", "aria-label": t("result")});
  const words = (text) => (text || "").split(/[,，\n]/).map((part) => part.trim()).filter(Boolean);
  const send = async (app, button) => {
    const one = {title: note.title || "", body: note.body || "", entities: words(note.entities)};
    if (note.language) one.language = note.language;
    const call = {notes: [one]};
    try {
      if (!one.title && !one.body) throw new Failed(0, t("note_empty"));
      if (app !== "titles" && policy.value.trim()) call.policy = readPolicy(policy.value);
      if (app === "queries") call.recent = words(note.recent);
      if (app === "titles") call.liked = words(note.liked);
      button.disabled = true;
      results.replaceChildren(h("p", {class: "meta"}, t("working")));
      const {results: [found]} = await ask(`/v1/apps/${app}`, {}, call);
      results.replaceChildren(...flat(APPS[app](found, one)), h("details", {}, h("summary", {}, t("as_json")), h("pre", {class: "command"}, JSON.stringify(found, null, 1))));
    } catch (error) {
      results.replaceChildren(h("p", {class: "alert"}, error.message));
    } finally {
      button.disabled = false;
    }
  };
  const button = (app) => h("button", {type: "button", id: `app-${app}`, class: "main", onclick: (event) => send(app, event.currentTarget)}, t(`app_${app}`));
  parts.push(h("form", {class: "form", onsubmit: (event) => event.preventDefault()},
    h("div", {class: "row"}, field("note-title", t("note_title"), input("title", {maxlength: 500})), field("note-language", t("language_of_note"), language)),
    field("note-body", t("note_body"), body), field("note-entities", t("note_entities"), input("entities"), t("comma_hint")),
    h("details", {}, h("summary", {}, t("more_settings")), field("note-recent", t("note_recent"), input("recent"), t("comma_hint")), field("note-liked", t("note_liked"), input("liked"), t("comma_hint")), field("note-policy", t("note_policy"), policy, t(over.policy ? "policy_own" : "policy_hint"))),
    h("div", {class: "buttons"}, button("harmful"), button("queries"), button("titles"))), results);
  return parts;
}
function readPolicy(text) {
  try { return JSON.parse(text); } catch (error) { throw new Failed(0, t("policy_broken", {why: error.message})); }
}
const APPS = {
  harmful: (found, note) => {
    const text = [note.title, note.body].filter(Boolean).join("\n"), span = found.span, signs = [...text];
    const shown = span ? h("p", {class: "output card"}, signs.slice(0, span.start).join(""), h("mark", {}, signs.slice(span.start, span.end).join("")), signs.slice(span.end).join("")) : null;
    return [h("h2", {}, t("result")), h("p", {class: "big"}, t(`verdict_of_${found.verdict}`)), h("dl", {class: "facts"}, fact(t("probability"), percent(found.probability)), fact(t("confidence"), percent(found.confidence)),
      found.category ? fact(t("category"), found.category) : null, found.severity ? fact(t("severity"), t(`severity_${found.severity}`)) : null, found.clause ? fact(t("clause"), found.clause) : null, found.addressed ? fact(t("addressed"), t("yes")) : null, found.problem ? fact(t("problem"), said(found.problem), "bad") : null), shown];
  },
  queries: (found) => [h("h2", {}, t("result")), found.queries.length ? table(t("caption_queries"), [col(t("query")), num(t("mean_logprob"))], found.queries.map((q) => [q.text, points(q.score, 2)])) : h("p", {class: "alert"}, t("no_queries")),
    found.problem ? h("p", {class: "alert"}, said(found.problem)) : null, found.rejected.length ? table(t("caption_rejected"), [col(t("draft")), col(t("why"))], found.rejected.map((q) => [q.text || t("empty_answer"), said(q.reason)])) : null],
  titles: (found) => [h("h2", {}, t("result")), h("p", {class: "big"}, found.title || "–"), h("p", {class: "meta"}, t(found.changed ? "title_changed" : "title_kept")), found.problem ? h("p", {class: "alert"}, said(found.problem)) : null,
    found.facts.length ? h("p", {}, `${t("facts")}: `, h("span", {class: "chips"}, found.facts.map((f) => chip(`${nameOf("fact", f.kind)}: ${clean(f.text)}`)))) : null,
    found.candidates.length ? table(t("caption_candidates"), [col(t("candidate")), col(t("guard")), col(t("why"), "why"), num(t("mean_logprob"))], found.candidates.map((c) => [c.title || t("empty_answer"), chip(t(c.accepted ? "accepted" : "rejected"), c.accepted ? "good" : "bad"), [c.mended ? h("small", {}, t("mended")) : null, c.reasons.map((r) => h("small", {}, `${nameOf("what", r.what)} ${nameOf("fact", r.kind)}: ${clean(r.text)}`))], points(c.score, 2)])) : null],
};

async function experimentsPage(params) {
  const over = await overview();
  const parts = [heading(t("experiments_title"), t("experiments_lead"))];
  if (!over.experiments.length) return [...parts, h("p", {class: "alert"}, t("no_experiments")), h("pre", {class: "command"}, "redone experiment simulate --treatment runs/demo/model --control runs/demo/stages/00-base/model --out runs/ab\nredone experiment analyze runs/ab/exposures.parquet --out runs/ab")];
  const name = params.name || over.experiments[0];
  const data = await ask("/api/experiment", {name});
  parts.push(h("div", {class: "filters"}, choice("experiment", t("experiment"), over.experiments.map((one) => [one, clean(one)]), name, (value) => change({name: value}))), problems(data.problems));
  if (!data.verdicts) return parts;
  const reason = (finding) => h("li", {}, state.words[`why_${finding.key}`] ? t(`why_${finding.key}`, finding.values) : finding.text);
  for (const {arm, verdict} of data.verdicts) {
    const rows = data.metrics.filter((row) => row.arm === arm);
    parts.push(h("h2", {}, t("verdict_against", {arm, control: data.control})), h("p", {class: `big ${verdict === "ship" ? "up" : verdict === "harm" ? "down" : ""}`}, t(`verdict_${verdict}`)), h("p", {class: "lead"}, t(`verdict_${verdict}_text`)));
    if (data.blocks.length) parts.push(h("div", {class: "alert loud"}, h("h2", {}, t("blocked_by")), h("ul", {}, data.blocks.map(reason))));
    if (data.notices.length) parts.push(h("div", {class: "alert"}, h("ul", {}, data.notices.map(reason))));
    const plot = forest(rows);
    if (plot) parts.push(h("div", {class: "two wide"}, h("figure", {}, h("figcaption", {}, t("forest_caption")), plot)));
    parts.push(table(t("caption_metrics"), [col(t("metric")), col(t("outcome")), num(t("control")), num(t("treatment")), num(t("change")), num(t("interval")), num("p")], rows.map((row) => [
      [nameOf("metric", row.name), h("small", {}, nameOf("role", row.role))], chip(nameOf("outcome", row.outcome), TONE[row.outcome] || ""), figure(row.control), figure(row.treatment), known(row.last.value) ? `${signed(row.last.value)} %` : "–",
      known(row.last.low) ? `${signed(row.last.low)} … ${signed(row.last.high)}` : "–", row.role === "decision" && known(row.p) ? row.p < 1e-4 ? "< 0.0001" : figure(row.p, 2) : "–"]), "sticky"));
  }
  parts.push(table(t("caption_arms"), [col(t("arm")), num(t("units")), num(t("expected"))], data.arms.map((arm) => [arm.arm, whole(arm.units), whole(arm.expected)])),
    h("p", {class: "meta"}, t("arms_note", {p: known(data.ratio_p) ? figure(data.ratio_p, 2) : "–", rows: whole(data.rows), days: data.days, looks: t(`looks_${data.looks}_console`)})));
  return parts;
}

function keyPage(message) {
  const input = h("input", {type: "password", autocomplete: "off"});
  return [heading(t("key_title"), t("key_lead")), message ? h("p", {class: "alert"}, message) : null, h("form", {class: "form", onsubmit: (event) => {
    event.preventDefault();
    state.key = input.value.trim();
    sessionStorage.setItem("redone-key", state.key);
    render();
  }}, field("api-key", t("key_label"), input), h("div", {class: "buttons"}, h("button", {class: "main", type: "submit"}, t("key_go"))))];
}

// ---------- navigation ----------

const PAGES = {runs: runsPage, run: runPage, weakness: weaknessPage, rollouts: rolloutsPage, compare: comparePage, apps: appsPage, experiments: experimentsPage};
const NAV = ["runs", "weakness", "rollouts", "compare", "apps", "experiments"];

function address(page, params = {}) {
  const used = Object.entries(params).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(used).toString();
  return `#/${page}${query ? `?${query}` : ""}`;
}
function route() {
  const [path, query] = location.hash.replace(/^#\//, "").split("?");
  return {page: Object.hasOwn(PAGES, path) ? path : "runs", params: Object.fromEntries(new URLSearchParams(query || ""))};
}
function change(params, quiet = false) {
  history.replaceState(null, "", address(route().page, params));
  return render({keep: true, quiet});
}
function poll(work) {
  clearTimeout(state.timer);
  const round = state.round;
  state.timer = setTimeout(async () => {
    if (round !== state.round) return;
    if (document.hidden) return poll(work);
    try { await work(); } catch (error) { say(error.message); if (round === state.round) poll(work); }
  }, POLL_MS);
}
function frame() {
  document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
  document.getElementById("skip").textContent = t("skip_link");
  document.getElementById("brand-word").textContent = t("console");
  document.getElementById("nav").setAttribute("aria-label", t("pages"));
  const {page, params} = route(), here = page === "run" ? "runs" : page;
  const run = params.run || params.right || "";
  document.getElementById("nav-list").replaceChildren(...NAV.map((name) => {
    const rest = name === "weakness" || name === "rollouts" ? {run} : name === "compare" && run ? {right: run} : {};
    return h("li", {}, h("a", {href: address(name, rest), id: `nav-${name}`, "aria-current": name === here ? "page" : null}, t(`nav_${name}`)));
  }));
}
async function render({keep = false, quiet = false} = {}) {
  const round = ++state.round;
  clearTimeout(state.timer);
  const main = document.getElementById("main"), {page, params} = route();
  const held = document.activeElement ? document.activeElement.id : "";
  if (!quiet) main.setAttribute("aria-busy", "true");
  frame();
  let parts;
  try {
    parts = await PAGES[page](params);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    parts = error.status === 401 ? keyPage(state.key ? error.message : "") : [heading(t(`nav_${page === "run" ? "runs" : page}`)), h("p", {class: "alert loud", role: "alert"}, error.message), h("div", {class: "buttons"}, h("button", {type: "button", id: "again", onclick: () => render({keep: true})}, t("try_again")))];
  }
  if (round !== state.round) return;
  main.replaceChildren(...flat(parts));
  main.removeAttribute("aria-busy");
  main.dataset.page = page;
  main.dataset.lang = state.lang;
  const back = held && document.getElementById(held);
  if (keep || (held && held.startsWith("lang-"))) { if (back) back.focus({preventScroll: true}); }
  else { const title = document.getElementById("title"); if (title) title.focus({preventScroll: true}); scrollTo(0, 0); }
}
async function start() {
  state.key = sessionStorage.getItem("redone-key") || "";
  state.lang = localStorage.getItem("redone-lang") || (navigator.language.startsWith("zh") ? "zh" : "en");
  if (state.lang !== "zh") state.lang = "en";
  const response = await fetch("/words.json");
  state.words = await response.json();
  for (const lang of ["en", "zh"]) {
    const radio = document.getElementById(`lang-${lang}`);
    radio.checked = lang === state.lang;
    radio.addEventListener("change", () => { state.lang = lang; localStorage.setItem("redone-lang", lang); render({keep: true}); });
  }
  document.getElementById("skip").addEventListener("click", (event) => { event.preventDefault(); document.getElementById("main").focus(); });
  addEventListener("hashchange", () => render());
  await render({keep: true}); // the first page leaves the focus at the top, where the skip link is
}
start();
})();
