// Keys, quick presses in order, the spoken sentence, and the copy button. All else is links and a form.
//
// A key or a click on a control while an answer is on its way waits its turn: the next page says where it leads.

document.documentElement.classList.add("scripted");

const waiting = [];
let busy = 0;

const control = (key) => document.querySelector(`[data-key~="${key}"]`);

function press(key) {
  if (busy) waiting.push(key);
  else control(key)?.click();
}

function takesText(element) {
  return element.matches("input, textarea, select, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (takesText(event.target) || !document.getElementById("timeline")) return;
  if (!["ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End"].includes(event.key)) return;
  event.preventDefault();
  press(event.key);
});

document.addEventListener(
  "click",
  (event) => {
    const pressed = event.target.closest?.("[data-key]");
    if (!pressed || !busy || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting.push(pressed.dataset.key.split(" ")[0]);
  },
  true,
);

document.addEventListener("htmx:before:request", () => {
  busy += 1;
});

document.addEventListener("htmx:finally:request", () => {
  busy = Math.max(0, busy - 1);
  // htmx frees its own queue right after this event
  if (waiting.length) setTimeout(() => waiting.length && press(waiting.shift()));
});

// A node that has the focus tells its numbers in full, as its cells do to the mouse.
document.addEventListener("focusin", (event) => {
  const exact = document.getElementById("exact");
  if (!exact) return;
  const titles = event.target.closest?.(".node")?.querySelectorAll("title") ?? [];
  exact.textContent = [...titles].map((title) => title.textContent).join("; ");
});

document.addEventListener("htmx:after:swap", () => say(document.getElementById("card")?.dataset.announce));

function say(sentence) {
  if (sentence) document.getElementById("live").textContent = sentence;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const address = new URL(button.dataset.copy, location.href).href;
  say((await copied(address)) ? "Link copied" : `Copy this link: ${address}`);
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
