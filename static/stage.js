// Keys, quick presses in order, what is being typed, the spoken sentence, and the copy button. All else is links and
// a form.
//
// What is pressed while an answer is on its way waits its turn: the next page says where it leads.

document.documentElement.classList.add("scripted");

const waiting = [];
let busy = 0;

function press(selector) {
  waiting.push(selector);
  serve();
}

function serve() {
  // What leads nowhere, such as Next at the end, is no debt. An SVG link knows no click().
  while (!busy && waiting.length) {
    document.querySelector(waiting.shift())?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }
}

function takesText(element) {
  return element.matches("input, textarea, select, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (takesText(event.target) || !document.getElementById("timeline")) return;
  if (!["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  press(`[data-key~="${event.key}"]`);
});

document.addEventListener(
  "click",
  (event) => {
    const pressed = event.target.closest?.("#page a[id]");
    if (!pressed || !busy || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (pressed.matches("[href^='#'], [hx-boost=false]")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    press(`#${pressed.id}`);
  },
  true,
);

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  busy += 1;
  ctx.entered = ctx.sourceElement.matches("form") ? edited()?.value : undefined;
});

document.addEventListener("htmx:finally:request", () => {
  busy = Math.max(0, busy - 1);
  setTimeout(serve); // htmx frees its own queue right after this event
});

// htmx boosts HTML's links only; those of the drawing go the same way.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("svg a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  htmx.ajax("GET", link.getAttribute("href"), { source: document.body });
});

// A factor and the place it came from light each other; a cell lights the factors that stand for its whole node, too.
function light(target, on) {
  const { cell, lights } = target.closest?.("[data-cell], [data-lights]")?.dataset ?? {};
  for (const key of (cell ?? lights ?? "").split(" ").filter(Boolean)) {
    const places = `[data-cell="${key}"], [data-lights~="${key}"], #card [data-lights="${key.split(".")[0]}"]`;
    for (const match of document.querySelectorAll(places)) match.classList.toggle("lit", on);
  }
}
for (const name of ["pointerover", "focusin"]) document.addEventListener(name, (event) => light(event.target, true));
for (const name of ["pointerout", "focusout"]) document.addEventListener(name, (event) => light(event.target, false));

// A node or a cell that has the focus tells its numbers in full, as cells do to the mouse.
document.addEventListener("focusin", (event) => {
  const exact = document.getElementById("exact");
  if (!exact) return;
  const titles = (event.target.closest?.(".cell") ?? event.target.closest?.(".group"))?.querySelectorAll("title") ?? [];
  exact.textContent = [...titles].map((title) => title.textContent).join("; ");
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

document.addEventListener("htmx:after:swap", () => {
  if (document.body.matches(".scrubbing")) return; // of a drag, only where it ends is told
  const card = document.querySelector("[data-announce]"); // the stage's card, or what a page around it has to say
  say(card?.dataset.announce);
  // On a phone the answer to a question stands below the picture.
  if (card?.matches(".shows-ask")) card.scrollIntoView({ block: "nearest" });
});

// Where no page comes (an address too long, a server that is gone), the picture and what was typed stand as they are.
document.addEventListener("htmx:before:swap", (event) => {
  const { response, text } = event.detail.ctx;
  if (response.status < 400 || response.status === 422) return;
  event.preventDefault();
  const told = new DOMParser().parseFromString(text, "text/html").querySelector("main p");
  say(told?.textContent ?? "The server gave no page. Try again.", true);
});

document.addEventListener("htmx:error", () => say("The server does not answer. Try again.", true));

function say(sentence, seen = false) {
  const live = document.getElementById("live");
  if (sentence) live.textContent = sentence;
  live.className = seen ? "trouble" : "unseen";
}

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
