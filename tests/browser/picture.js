// Walks inside the page, and what is compared at the end of one.
//
// All of the document is, with what modules put there when it comes, but for what there is only of what was done since:
// htmx's marks, what has been said aloud, the tip that was open, what is lit and told of what has the focus.
window.shown = () => {
  const copy = document.documentElement.cloneNode(true);
  for (const element of [copy, ...copy.querySelectorAll("*")]) {
    element.removeAttribute("data-htmx-powered");
    element.classList.remove("htmx-request", "htmx-added", "htmx-swapping", "highlighted");
    if (element.getAttribute("class") === "") element.removeAttribute("class");
    const stop = element.matches("a[href]") && element.getAttribute("tabindex"); // a module's: wherever it stands
    if (stop) element.removeAttribute("tabindex"), element.setAttribute("tabindex", stop);
  }
  for (const name of ["live", "tip", "exact"]) copy.querySelector(`#${name}`).textContent = "";
  return [copy.outerHTML, ...[...document.querySelectorAll("#fields input")].map((field) => field.value)];
};

// A drag of a number by so many pixels.
const drag = (cell, pixels) => {
  const { x, y, width, height } = cell.getBoundingClientRect();
  for (const [type, moved] of [["pointerdown", 0], ["pointermove", pixels / 2], ["pointermove", pixels], ["pointerup", pixels]]) {
    const at = { clientX: x + width / 2 + moved, clientY: y + height / 2, button: 0, buttons: 1 };
    cell.dispatchEvent(new PointerEvent(type, { bubbles: true, cancelable: true, isPrimary: true, pointerId: 1, ...at }));
  }
};

// An id to click; `key` and its name, `drag` or `scrub` (by keys) and a cell, `rest` until the walk ahead is; or [field, text].
const go = (move) => {
  const [what, which] = typeof move === "string" ? move.split(" ") : ["type"];
  const cell = which && document.querySelector(`#drawing-wide [data-cell="${which}"]`);
  const press = (key, target) => target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  if (what === "rest") return window.rested();
  if (what === "key") return press(which, document.body);
  if (what === "drag") return drag(cell, 30);
  if (what === "scrub") return press("+", cell);
  if (what === "type") {
    const field = document.getElementById(`field-${move[0]}`);
    field.value = move[1];
    return field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const link = document.getElementById(move); // a pass as a whole has fewer views than a step, and only an edit has Undo
  link?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
};

window.walked = async (walk) => {
  for (const move of walk) {
    await go(move);
    await window.settled();
  }
};
