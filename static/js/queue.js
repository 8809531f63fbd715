// Quick presses in order, and the links of a drawing: what is pressed while an answer is on its way waits its turn, and the
// next page says where it leads.

import { busy } from "asset:js/shared.js";

export { keysAreOff, takesText } from "asset:js/shared.js";

const waiting = [];

// `what` is a selector, or finds the link when its turn comes.
export function press(what) {
  waiting.push(what);
  serve();
}

function serve() {
  // What leads nowhere, such as Next at the end, is no debt. An SVG link knows no click().
  while (!busy && waiting.length) {
    const what = waiting.shift();
    const link = typeof what === "string" ? document.querySelector(what) : what();
    link?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
  }
  // Of quick presses, only where they end is read out.
  if (waiting.length) document.body.setAttribute("aria-busy", "true");
  else document.body.removeAttribute("aria-busy");
}

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

document.addEventListener("htmx:finally:request", () => setTimeout(serve)); // htmx frees its own queue right after

// htmx boosts HTML's links only; those of the drawing go the same way.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("svg a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  htmx.ajax("GET", link.getAttribute("href"), { source: document.body });
});
