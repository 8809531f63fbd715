// Drag a number: the pointer on a cell of a leaf, or + and −, or finer Shift with ArrowUp and ArrowDown, where it has
// the focus.
//
// A scrub writes into the number's field and at its end sends the form, as a person would; until then it asks for the
// drawing and the card alone. So the server computes, the field and the address stay true, and nothing here knows what a
// network is. One request is under way at a time; what has moved on meanwhile is asked for when it is back, so that no
// older answer ever follows a newer one.

import { busy, exchange, page } from "asset:js/shared.js";

const PIXELS = 6; // to drag for one step
const STEP = 0.05;
const FINE = 0.01;
// Which way a key changes a number, and by how much. Where + is above =, the two are one key.
const CHANGES = {
  "+": [1, STEP],
  "=": [1, STEP],
  "-": [-1, STEP],
  "−": [-1, STEP],
  "Shift+ArrowUp": [1, FINE],
  "Shift+ArrowDown": [-1, FINE],
};

let scrub; // the number under the pointer or the keys
let following = false; // a request for what is looked at while the pointer moves
let waiting = false; // the number has moved on since what was last asked for
let dragged = false;

const fields = () => document.getElementById("fields");

function place(key) {
  const [name, ...index] = key.split(".");
  const [column, row = 1] = index.reverse().map(Number);
  const field = document.getElementById(`field-${name}`);
  const rows = field.value.replaceAll("−", "-").split(";").map((line) => line.split(","));
  return { field, rows, row: row - 1, column: column - 1 };
}

function begin(key) {
  const { rows, row, column } = place(key);
  const value = Number(rows[row]?.[column]);
  // Undo leads to where the scrub began, not to its last step but one.
  return Number.isFinite(value) && { key, start: value, value, from: fields().elements.from.value, moved: false };
}

function move(steps, size) {
  const value = Number((scrub.start + steps * size).toFixed(10));
  if (value === scrub.value) return;
  Object.assign(scrub, { value, moved: true });
  send();
}

function send() {
  waiting = busy || following;
  if (waiting) return;
  const { field, rows, row, column } = place(scrub.key);
  rows[row][column] = scrub.value;
  field.value = rows.map((line) => line.join(",")).join(";");
  if (scrub.held) return follow();
  document.body.classList.remove("scrubbing");
  fields().elements.from.value = scrub.from;
  fields().requestSubmit();
}

// While the pointer moves, only what one looks at is exchanged, and the address rests: a browser takes only so many new
// ones a second. The next answer is asked for before this one is drawn, so that server and browser work side by side.
async function follow() {
  following = true;
  const sent = new FormData(fields());
  sent.delete("from");
  sent.set("was", scrub.from);
  const drawing = [...document.querySelectorAll(".drawing")].find((one) => one.checkVisibility()).id;
  const { action } = fields();
  // Beside the page, whatever prefix both are behind.
  const address = `live/${drawing.split("-")[1]}/${action.slice(action.lastIndexOf("/") + 1)}?${new URLSearchParams(sent)}`;
  const text = await page(new URL(address, action));
  following = false;
  if (waiting) send();
  // Numbers that overflow under the pointer leave the last good picture; the last answer says what is wrong.
  if (!text || !document.body.matches(".scrubbing")) return;
  exchange(text, drawing, { swap: "outerPatch", selectOOB: "#card:outerPatch" });
}

function end() {
  if (!scrub?.held) return;
  scrub.held = false;
  if (!scrub.moved) return;
  // The click that a browser may make of this comes before anything else does.
  dragged = true;
  setTimeout(() => (dragged = false));
  send();
}

document.addEventListener("htmx:finally:request", () => {
  if (waiting) setTimeout(() => waiting && send());
});

document.addEventListener("pointerdown", (event) => {
  const cell = event.target.closest?.("[data-scrub]");
  if (!cell || event.button || !event.isPrimary) return;
  scrub = begin(cell.dataset.cell);
  if (scrub) Object.assign(scrub, { held: true, x: event.clientX });
});

document.addEventListener("pointermove", (event) => {
  if (!scrub?.held) return;
  const steps = Math.round((event.clientX - scrub.x) / PIXELS);
  if (steps && !scrub.moved) {
    document.body.classList.add("scrubbing");
    // The pointer may leave the window; and a click that comes of this is no click on the cell.
    document.getElementById("picture").setPointerCapture(event.pointerId);
  }
  move(steps, STEP);
});

document.addEventListener("pointerup", end);
document.addEventListener("pointercancel", end);
document.addEventListener("dragstart", (event) => event.target.closest?.("[data-scrub]") && event.preventDefault());

// A drag that ends where it began is no click.
document.addEventListener(
  "click",
  (event) => {
    if (!dragged) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

document.addEventListener("keydown", (event) => {
  const cell = event.target.closest?.("[data-scrub]");
  const [direction, size] = CHANGES[(event.key.startsWith("Arrow") && event.shiftKey ? "Shift+" : "") + event.key] ?? [];
  if (!cell || !direction || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (scrub?.held) return;
  if (!scrub?.byKey || scrub.key !== cell.dataset.cell) scrub = begin(cell.dataset.cell);
  if (!scrub) return;
  Object.assign(scrub, { byKey: true, start: scrub.value });
  move(direction, size);
});

document.addEventListener("htmx:before:history:restore", () => (scrub = undefined)); // other numbers come

document.addEventListener("focusout", (event) => {
  if (scrub?.byKey && !busy && !waiting && event.target.matches?.("[data-scrub]")) scrub = undefined;
});
