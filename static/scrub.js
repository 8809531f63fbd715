// Drag a number: the pointer on a cell of a leaf, or ArrowUp and ArrowDown (Shift: finer) where it has the focus.
//
// A scrub writes into the number's field and submits its form, as a person would. So the server computes, the field
// and the address stay true, and nothing here knows what a network is. One request is under way at a time; what has
// moved on meanwhile is sent when it is back, so that no older answer ever follows a newer one.

const PIXELS = 6; // to drag for one step
const STEP = 0.05;
const FINE = 0.01;

let scrub; // the number under the pointer or the keys
let busy = 0;
let waiting = false;
let dragged = false;

function place(key) {
  const [name, ...index] = key.split(".");
  const [column, row = 1] = index.reverse().map(Number);
  const field = document.getElementById(`field-${name}`);
  const rows = field.value.replaceAll("−", "-").split(";").map((line) => line.split(","));
  return { field, rows, row: row - 1, column: column - 1 };
}

function read(key) {
  const { rows, row, column } = place(key);
  return Number(rows[row]?.[column]);
}

function begin(key) {
  const form = document.getElementById("fields");
  const value = read(key);
  // Undo leads to where the scrub began, not to its last step but one.
  return Number.isFinite(value) && { key, start: value, value, from: origin(form).value, moved: false };
}

function move(steps, size) {
  const value = Number((scrub.start + steps * size).toFixed(10));
  if (value === scrub.value) return;
  Object.assign(scrub, { value, moved: true });
  send();
}

function send() {
  if (busy) {
    waiting = true;
    return;
  }
  waiting = false;
  const form = document.getElementById("fields");
  const { field, rows, row, column } = place(scrub.key);
  rows[row][column] = scrub.value;
  field.value = rows.map((line) => line.join(",")).join(";");
  origin(form).value = scrub.from;
  hurry(form, scrub.held);
  form.requestSubmit();
}

const origin = (form) => form.elements.from ?? form.elements.was;

// While the pointer moves, only what one looks at is exchanged, and the answer comes without the turn to the canonical
// address. The last submit, when the pointer is lifted, brings the whole page and its address.
function hurry(form, held) {
  origin(form).name = held ? "was" : "from";
  const drawing = [...document.querySelectorAll(".drawing")].find((one) => one.checkVisibility())?.id;
  const brief = { target: `#${drawing}`, select: `#${drawing}`, "select-oob": "#card:outerHTML settle:0", "replace-url": "false" };
  for (const [name, value] of Object.entries(brief)) {
    if (held) form.setAttribute(`hx-${name}`, value);
    else form.removeAttribute(`hx-${name}`);
  }
}

// Numbers that overflow under the pointer leave the last good picture; the last submit says what is wrong.
document.addEventListener("htmx:before:swap", (event) => {
  if (scrub?.held && event.detail.ctx.response.status >= 400) event.preventDefault();
});

function end() {
  if (!scrub) return;
  scrub.held = false;
  document.body.classList.remove("scrubbing");
  if (!scrub.moved || scrub.byKey) return;
  send();
  // The click that a browser may make of this comes before anything else does.
  dragged = true;
  setTimeout(() => (dragged = false));
}

document.addEventListener("htmx:before:request", () => (busy += 1));
document.addEventListener("htmx:finally:request", () => {
  busy = Math.max(0, busy - 1);
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
    // The cell under a finger is exchanged, and its pointer with it, unless something that stays has taken it.
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
  const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  if (!cell || !direction || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  const { key } = cell.dataset.cell === scrub?.key ? scrub : { key: undefined };
  if (!key || !scrub.byKey) scrub = begin(cell.dataset.cell);
  if (!scrub) return;
  Object.assign(scrub, { byKey: true, start: scrub.value });
  move(direction, event.shiftKey ? FINE : STEP);
});

document.addEventListener("focusout", (event) => {
  if (scrub?.byKey && !busy && !waiting && event.target.matches?.("[data-scrub]")) scrub = undefined;
});
