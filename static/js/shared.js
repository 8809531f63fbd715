// What all pages share: how busy the page is, what is asked of the server past htmx, what is said aloud, what is
// highlighted, what is being typed, what Back undoes, where the focus goes, which keys are free, and the way into lecture
// mode. All else on a page is links and a form.

document.documentElement.classList.add("scripted");

// Requests of pages that are under way. What another module does when one is over comes after it is counted here.
export let busy = 0;

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  busy += 1;
  ctx.entered = ctx.sourceElement.matches("form") ? edited()?.value : undefined;
  const { activeElement: pressed } = document;
  ctx.slid = [ctx.sourceEvent?.target, pressed].find((one) => one?.matches?.("[data-scrub], [type=range]"))?.id;
  if (pressed.id && pressed.id !== asked.at(-1)) asked.push(pressed.id);
});

document.addEventListener("htmx:finally:request", () => {
  busy = Math.max(0, busy - 1);
});

// The text of a page; nothing where the server is gone or refuses: whoever asks again, by a form, is told so.
export async function page(address, options) {
  try {
    const response = await fetch(address, options);
    return response.ok && (await response.text());
  } catch {
    return undefined;
  }
}

// Put one element of a page's text in the place of the same one here; `others` go along.
export function exchange(text, id, others = {}) {
  const target = document.getElementById(id);
  const whole = { select: `#${id}`, swap: "outerHTML settle:0", target, sourceElement: target, response: { status: 200 } };
  htmx.swap({ ...whole, ...others, text });
}

// What the page has to say, heard but not seen unless it is `seen`.
export function say(sentence, seen = false) {
  const live = document.getElementById("live");
  if (sentence) live.textContent = sentence;
  live.className = seen ? "trouble" : "unseen";
}

document.addEventListener("htmx:after:swap", () => {
  if (document.querySelector(".scrubbing, [data-stops]:active")) return; // of a drag, only where it ends is told
  say(document.querySelector("[data-announce]")?.dataset.announce);
});

export const arrives = ({ status }) => status < 400 || status === 422;

// Where no page comes (an address too long, a server that is gone), the picture and what was typed stand as they are.
document.addEventListener("htmx:before:swap", (event) => {
  const { response, text } = event.detail.ctx;
  if (arrives(response)) return;
  event.preventDefault();
  const told = new DOMParser().parseFromString(text, "text/html").querySelector("main p");
  say(told?.textContent ?? "The server gave no page. Try again.", true);
});

document.addEventListener("htmx:error", () => say("The server does not answer. Try again.", true));

// An edit is an entry of the history, which the browser's Back undoes: what leads to other numbers says `hx-push-url`.
// All else, such as a step, replaces the entry where one is, and so does what leads back to the same numbers. What is done
// to one number or slider without letting go of it, by keys or by one drag, is one edit, as it is for Undo.
let sliding;

document.addEventListener("pointerdown", () => (sliding = undefined), true);
document.addEventListener("focusin", ({ target }) => (sliding = target.id === sliding ? sliding : undefined));

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  if (ctx.push !== "true" || !arrives(ctx.response)) return;
  const goesOn = ctx.slid && ctx.slid === sliding;
  sliding = ctx.slid;
  if (goesOn || numbers(ctx.response.raw.url) === numbers(location.href)) ctx.push = undefined;
});

// An address without the trace of the last edit.
function numbers(address) {
  const { pathname, searchParams } = new URL(address);
  searchParams.delete("was");
  return `${pathname}?${searchParams}`;
}

// The answer to Back would be dropped behind one that is on its way, and that one would take the place of the entry.
document.addEventListener("htmx:before:history:restore", (event) => {
  if (!busy) return;
  event.preventDefault();
  location.reload();
});

// The focus stays on what has it. Where that is gone, as Undo and Close are once they are pressed, it returns to what was
// pressed last and is still there.
const asked = [];
let focused;

document.addEventListener("htmx:before:swap", () => (focused = document.activeElement.id));

document.addEventListener("htmx:after:swap", () => {
  if (!focused || document.activeElement !== document.body) return;
  const still = [...asked, focused].findLast((id) => document.getElementById(id)?.checkVisibility());
  const next = document.getElementById(still) ?? document.querySelector("[data-comes]"); // what was asked for
  next?.focus({ preventScroll: true });
});

// A factor and the place it came from light each other; a cell lights the factors that stand for its whole node, too.
function light(target, on) {
  const { cell, lights } = target.closest?.("[data-cell], [data-lights]")?.dataset ?? {};
  for (const key of (cell ?? lights ?? "").split(" ").filter(Boolean)) {
    const places = `[data-cell="${key}"], [data-lights~="${key}"], #card [data-lights="${key.split(".")[0]}"]`;
    for (const match of document.querySelectorAll(places)) match.classList.toggle("highlighted", on);
  }
}
for (const name of ["pointerover", "focusin"]) document.addEventListener(name, (event) => light(event.target, true));
for (const name of ["pointerout", "focusout"]) document.addEventListener(name, (event) => light(event.target, false));

// What lights and what is lit may be other than it was, under a pointer and a focus that have stayed where they were.
document.addEventListener("htmx:after:swap", () => {
  for (const one of document.querySelectorAll(".highlighted")) one.classList.remove("highlighted");
  for (const one of document.querySelectorAll(":is([data-cell], [data-lights]):is(:hover, :focus)")) light(one, true);
});

// What is being typed while another page arrives is put into that page's field, and is entered when one leaves it.
let draft, typing;

const edited = () => document.querySelector("#fields input:focus");

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  const field = edited();
  const { id, value, selectionStart, selectionEnd } = field ?? {};
  draft = field && value !== (ctx.entered ?? field.defaultValue) && { id, value, selectionStart, selectionEnd };
});

document.addEventListener("htmx:before:settle", () => {
  typing = draft;
  if (typing) Object.assign(document.getElementById(typing.id), typing);
});

document.addEventListener("change", () => (typing = undefined));

document.addEventListener("focusout", ({ target }) => {
  if (target.id && target.id === typing?.id) target.dispatchEvent(new Event("change", { bubbles: true }));
});

// A field has one line, and where a pasted row ends would be lost: so line breaks become the separator of lines that a
// field can hold. An array in brackets, on lines or with its name stands for all that was in the field, and is entered.
document.addEventListener("paste", (event) => {
  const field = event.target.closest?.("main input:not([type])");
  const text = event.clipboardData?.getData("text/plain").trim() ?? "";
  if (!field || !/[\r\n=:[{(&]/.test(text)) return;
  event.preventDefault();
  field.value = text.replace(/\r\n?|\n/g, "\u2028");
  if (field.closest("#fields")) field.dispatchEvent(new Event("change", { bubbles: true }));
});

// keys=off in an address: for those whose own keys these would be.
export const keysAreOff = () => new URLSearchParams(location.search).get("keys") === "off";

export function takesText(element) {
  return element.matches("input, textarea, select, [contenteditable]");
}

// Whether a key is the page's: not in a field, nor with a modifier; and what is open has Escape, and no other key.
export function isFree(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || keysAreOff()) return false;
  return !takesText(event.target) && !document.querySelector("dialog[open], [popover]:popover-open:not(#tip)");
}

// F, and F5 as a clicker sends it, lead to the same in lecture mode, on a page that has a link there. Shift + F5 loads again.
document.addEventListener("keydown", (event) => {
  const link = document.getElementById("to-lecture");
  if (!link || !(/^f$/i.test(event.key) || (event.key === "F5" && !event.shiftKey)) || !isFree(event)) return;
  event.preventDefault();
  link.click();
});
