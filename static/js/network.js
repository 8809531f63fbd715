// The network's page: keys, numbers in full, and the copy button.

import { isFree, page, say } from "asset:js/shared.js";
import { parsed } from "asset:js/patch.js";
import { press } from "asset:js/queue.js";

const step = (key) => () => press(`[data-key~="${key}"]`);

// What a key does, by its name; `false` is nothing, so that the browser does what it does.
const keys = {
  ...Object.fromEntries(
    ["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"].map((key) => [key, step(key)]),
  ),
  " ": (event) => isIdle(event.target) && step("ArrowRight")(),
  "Shift+ ": (event) => isIdle(event.target) && step("ArrowLeft")(),
  ArrowDown: (event) => moveInBox(event.target, 1),
  ArrowUp: (event) => moveInBox(event.target, -1),
  "?": showKeys,
  Escape: (event) => closeOrLeave(event.target),
  r: () => press("#return"), // where a stop of a lecture was left
};

document.addEventListener("keydown", (event) => {
  if (!isFree(event) || !document.getElementById("timeline")) return;
  const act = keys[event.shiftKey && event.key !== "?" ? `Shift+${event.key}` : event.key];
  if (act && act(event) !== false) event.preventDefault();
});

// Space belongs to whatever it works, or scrolls; the steps themselves it does not work.
function isIdle(element) {
  return element === document.body || element.matches("main, #timeline, #timeline a");
}

// A box is one stop of Tab; the arrows lead from it to its numbers, in reading order, and back.
function moveInBox(element, by) {
  const box = element.closest(".drawing .group");
  if (!box) return false;
  const stops = [...box.querySelectorAll("a")];
  stops[stops.indexOf(element) + by]?.focus();
}

function closeOrLeave(element) {
  const close = document.getElementById("close");
  if (close) press("#close");
  else if (element.closest(".drawing")) document.getElementById("next").focus({ preventScroll: true });
  else return false;
}

// The timeline's steps are one stop of Tab, too: the one where one is. Without this every link is a stop of its own.
function gatherStops() {
  for (const cell of document.querySelectorAll(".drawing .cell:not([tabindex])")) cell.setAttribute("tabindex", "-1");
  const steps = [...document.querySelectorAll("#timeline li a")];
  const first = (selector) => steps.find((one) => one.matches(selector));
  const here = first("[aria-current]") ?? first(".next a") ?? steps.at(-1);
  for (const one of steps) {
    const place = one === here ? 0 : -1;
    if (one.getAttribute("tabindex") !== `${place}`) one.tabIndex = place;
  }
  // where a step has been pressed, or walked away from, the focus goes along
  if (steps.includes(document.activeElement)) here.focus({ preventScroll: true });
}
gatherStops();
document.addEventListener("htmx:after:swap", gatherStops);

document.addEventListener("click", (event) => {
  const pressed = event.target.closest?.("#skip, #show-keys, #close-keys");
  if (!pressed || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (pressed.id === "skip") document.getElementById("next").focus({ preventScroll: true });
  else if (pressed.id === "show-keys") showKeys();
  else pressed.parentElement.close();
});

// The keys are listed on a page of their own, which is asked for when it is wanted; its first list opens over this page.
async function showKeys() {
  const text = await page(document.getElementById("show-keys").href);
  if (document.querySelector("dialog[open]")) return;
  if (!text) return say("The list of keys did not come. Try again.", true);
  const [dialog, close] = ["dialog", "button"].map((name) => document.createElement(name));
  dialog.id = "keys";
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-title");
  close.id = "close-keys";
  close.className = "control";
  close.textContent = "Close";
  dialog.append(...parsed(text).getElementById("keys-of-network").children, close);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

// A node or a cell that has the focus tells its numbers in full, as cells do to the mouse.
function tellInFull() {
  const exact = document.getElementById("exact");
  if (!exact) return;
  const here = document.activeElement;
  const titles = (here.closest(".cell") ?? here.closest(".group"))?.querySelectorAll("title") ?? [];
  const told = [...titles].map((title) => title.textContent).join("; ");
  if (exact.textContent !== told) exact.textContent = told;
}
for (const name of ["focusin", "htmx:after:swap"]) document.addEventListener(name, tellInFull);

// Where the picture has a frame of its own, what was just computed is brought into it; so is the present step into the
// row of all steps, where that is longer than the screen.
function frameNow() {
  const frame = document.getElementById("picture");
  const row = document.querySelector("#timeline ol");
  centre(row, row?.querySelector(".now a"));
  if (!frame) return;
  const seen = (selector) => [...frame.querySelectorAll(selector)].find((one) => one.checkVisibility());
  const box = seen(".group.now .box") ?? seen(".cell.traced") ?? seen(".group.selected .box");
  if (!box) return;
  centre(frame, box);
  if (frame.scrollHeight > frame.clientHeight) lift(frame, box);
}

// Sideways, into the middle of its frame.
function centre(frame, element) {
  if (!element || frame.scrollWidth <= frame.clientWidth) return;
  const [inner, outer] = [element.getBoundingClientRect(), frame.getBoundingClientRect()];
  frame.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
}

function lift(frame, box) {
  const [inner, outer] = [box.getBoundingClientRect(), frame.getBoundingClientRect()];
  const seen = Math.min(outer.bottom, document.getElementById("timeline").getBoundingClientRect().top) - outer.top;
  const spare = Math.max(6, (seen - inner.height) / 2);
  frame.scrollTop += inner.top - outer.top - spare;
}
frameNow();
document.addEventListener("htmx:after:swap", frameNow);

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const address = new URL(button.dataset.copy, location.href).href;
  if (!(await copied(address))) return say(`Copy this link: ${address}`, true);
  say("Link copied");
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy link"), 1500);
});

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // No clipboard without https: select the text and let the browser copy it.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
