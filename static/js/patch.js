// The swap style `outerPatch`: what arrives changes what is there, in place, and no more than it must. What is equal is
// never touched: so focus, selection, places scrolled to, popovers and listeners stay, and SVG stays SVG.
//
// What has to be done is worked out first, as a list of functions, and may be long before it is done: see walk.js.

import { arrives } from "asset:js/shared.js";

const POWERED = "data-htmx-powered"; // htmx's mark
const MARKED = /(^| )(htmx-[a-z]+|highlighted)(?= |$)/g; // classes that scripts give and take

const own = (classes) => classes.replace(MARKED, "").trim();

// The attributes of an element in their order, without what scripts have marked it with.
function written(element) {
  const found = new Map();
  for (const name of element.getAttributeNames()) {
    const value = element.getAttribute(name);
    if (name === POWERED || value === "tip" || (name === "tabindex" && element.hasAttribute("href"))) continue;
    if (name === "open" && element.matches("details")) continue; // what one has opened stays so
    const text = name === "class" ? own(value) : value;
    if (text || name !== "class") found.set(name, text);
  }
  return found;
}

// What an element is among its siblings: its id, or the term it explains, or the first of its classes, which says its kind.
function called(element) {
  return element.id || element.getAttribute("data-term") || own(element.getAttribute("class") ?? "").split(" ", 1)[0];
}

// Whether one node can become the other.
function alike(one, other) {
  if (one.nodeName !== other.nodeName) return false;
  if (!one.localName || (one.id && one.id === other.id)) return true;
  return called(one) === called(other);
}

// All that makes `old` equal to `now`, an element of the same name, as functions in `todo`; `grown` is what htmx is to look
// at when it is done.
export function differ(old, now, plan = { todo: [], grown: [] }) {
  if (old.isEqualNode(now)) return plan;
  attributes(old, now, plan);
  let [one, other] = [old.firstChild, now.firstChild];
  for (; one && other && alike(one, other); [one, other] = [one.nextSibling, other.nextSibling]) meet(one, other, plan);
  if (one || other) arrange(old, from(one), from(other), plan);
  return plan;
}

// A node and what follows it.
function from(node) {
  const all = [];
  for (; node; node = node.nextSibling) all.push(node);
  return all;
}

function meet(old, now, plan) {
  if (old.localName) differ(old, now, plan);
  else if (old.data !== now.data) plan.todo.push(() => (old.data = now.data));
}

// Their order is part of being equal. Nothing is taken off only to be put back: a link without its address has no focus.
function attributes(old, now, { todo }) {
  const names = now.getAttributeNames();
  const had = written(old);
  let again = false; // from the first on that stands at another place
  const kept = [...had.keys()];
  for (const name of kept) if (!now.hasAttribute(name)) todo.push(() => old.removeAttribute(name));
  const stay = kept.filter((name) => now.hasAttribute(name));
  names.forEach((name, place) => {
    const value = now.getAttribute(name);
    if (!again && place < stay.length && stay[place] !== name) {
      again = true;
      for (const other of stay.slice(place)) todo.push(() => old.removeAttribute(other));
    }
    if (again || had.get(name) !== value) todo.push(() => old.setAttribute(name, value));
  });
}

// Children from where they are no longer alike: some stay, others go, and new ones come between them.
function arrange(parent, olds, news, plan) {
  let [end, last] = [olds.length, news.length];
  while (end && last && alike(olds[end - 1], news[last - 1])) meet(olds[--end], news[--last], plan);
  const [gone, come, after] = [olds.slice(0, end), news.slice(0, last), olds[end] ?? null];
  const kept = pairs(gone, come);
  const stay = new Set(kept.values());
  const all = come.map((one) => kept.get(one) ?? document.importNode(one, true));
  plan.todo.push(() => {
    for (const one of gone) if (!stay.has(one)) one.remove();
    let next = after;
    for (const one of all.toReversed()) {
      if (one.parentNode !== parent) parent.insertBefore(one, next);
      else if (one.nextSibling !== next) move(parent, one, next);
      next = one;
    }
    plan.grown.push(...all.filter((one) => !stay.has(one) && one.localName));
  });
  for (const [now, old] of kept) meet(old, now, plan);
}

// Where the browser can, without a loss of the focus.
function move(parent, one, next) {
  if (parent.moveBefore) parent.moveBefore(one, next);
  else parent.insertBefore(one, next);
}

// Each new node that is an old one, with that one: as many elements as can be in their order, then what has the same id
// wherever it is; and a text goes on in the text that stands in its place.
function pairs(gone, come) {
  const elements = (nodes) => nodes.filter((one) => one.localName).map((one) => ({ one, name: one.localName + called(one) }));
  const kept = inOrder(elements(gone), elements(come));
  const used = new Set(kept.values());
  const keep = (now, old) => used.add(old) && kept.set(now, old);
  for (const one of come) {
    const moved = one.id && !kept.has(one) && gone.find((old) => !used.has(old) && old.id === one.id && alike(old, one));
    if (moved) keep(one, moved);
  }
  let place = 0;
  for (const one of come) {
    if (one.localName) place = kept.has(one) ? gone.indexOf(kept.get(one)) + 1 : place;
    else if (gone[place]?.nodeName === one.nodeName && !used.has(gone[place])) keep(one, gone[place++]);
  }
  return kept;
}

// The longest sequence that both have (the usual table, from its end).
function inOrder(olds, news) {
  const most = Array.from({ length: olds.length + 1 }, () => new Uint16Array(news.length + 1));
  for (let i = olds.length - 1; i >= 0; i -= 1) {
    for (let j = news.length - 1; j >= 0; j -= 1) {
      const met = olds[i].name === news[j].name;
      most[i][j] = met ? 1 + most[i + 1][j + 1] : Math.max(most[i + 1][j], most[i][j + 1]);
    }
  }
  const kept = new Map();
  for (let [i, j] = [0, 0]; i < olds.length && j < news.length; ) {
    if (olds[i].name === news[j].name) kept.set(news[j++].one, olds[i++].one);
    else if (most[i + 1][j] >= most[i][j + 1]) i += 1;
    else j += 1;
  }
  return kept;
}

// What is being typed: it stays until it is sent or left, whatever comes.
let typing;

document.addEventListener("input", ({ target }) => (typing = target));
document.addEventListener("focusout", () => (typing = undefined));
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.matches("form")) typing = undefined;
});

// What a field shows is its own affair once it has been typed into.
function show(field) {
  const { selectionStart, selectionEnd, value, defaultValue } = field;
  if (field === typing || value === defaultValue) return;
  field.value = defaultValue;
  if (field === document.activeElement) field.setSelectionRange(selectionStart, selectionEnd);
}

htmx.registerExtension("patch", {
  handle_swap(style, target, fragment, { plan }) {
    if (style !== "outerPatch") return false;
    const { todo, grown } = plan ?? differ(target, fragment.getElementById(target.id));
    for (const change of todo) change();
    for (const field of target.querySelectorAll("input:not([type]), textarea[name]")) show(field);
    return grown.filter((one) => one.isConnected && (one.matches("a, form") || one.querySelector("a, form")));
  },
});

export const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

// Scripts and style sheets have the hash of what is in them in their names.
export function build(page) {
  return [...page.head.querySelectorAll("script, [rel=stylesheet]")].map((one) => one.src || one.href).join();
}

// Back changes what is there like everything else, and not the whole body.
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (!ctx.request.headers["HX-History-Restore-Request"]) return;
  Object.assign(ctx, { target: document.getElementById("page"), select: "#page", swap: "outerPatch show:none" });
});

// A page is read once, here, and as a whole: its head, too, says where one is. One of another build takes the place of all.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  if (!ctx.swap.startsWith("outerPatch") || !arrives(ctx.response)) return;
  ctx.page ??= parsed(ctx.text);
  ctx.text = "";
  if (build(ctx.page) === build(document)) return;
  event.preventDefault();
  location[ctx.push === "true" ? "assign" : "replace"](ctx.response.raw.url);
});

document.addEventListener("htmx:before:swap", (event) => {
  const { ctx, tasks } = event.detail;
  if (event.defaultPrevented || !ctx.page) return;
  ctx.title = ctx.page.title;
  tasks[0].fragment = ctx.page;
  tasks[0].swapSpec.plan = ctx.plan;
  for (const rel of ["canonical", "alternate"]) {
    const [link, now] = [document, ctx.page].map((one) => one.head.querySelector(`[rel=${rel}]`));
    if (link && now) link.setAttribute("href", now.getAttribute("href"));
    else if (now) document.head.querySelector("script").before(now.cloneNode(), "\n");
    else if (link) link.nextSibling.remove(), link.remove(); // with the end of its line
  }
});
