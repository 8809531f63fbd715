// Signs and terms explain themselves: an entry of the glossary comes as a tip to the link that leads to it.
//
// The glossary is one page, asked for once, when the first of its entries is wanted. Without it the link leads there.

import { page } from "asset:js/shared.js";

const LEAVE = 200; // ms in which the pointer may cross from a term to its tip
const EDGE = 8; // px between the tip and the edge of the window

let glossary; // the page as a document, or what will be it
let shown; // the term whose tip is open, or is on its way
let leaving;

const tip = document.createElement("div");
Object.assign(tip, { id: "tip", popover: "manual", className: "hint" });
tip.setAttribute("role", "tooltip");
document.body.append(tip);

async function entry(term) {
  glossary ??= page(term.pathname).then((text) => text && new DOMParser().parseFromString(text, "text/html"));
  const found = (await glossary)?.getElementById(term.dataset.term);
  if (!found) glossary = undefined; // the server may be back next time
  return found;
}

async function show(term) {
  clearTimeout(leaving);
  if (shown === term) return;
  hide();
  shown = term;
  const found = await entry(term);
  if (shown !== term) return;
  if (!found) return hide();
  const [called, meaning] = ["dt", "dd"].map((part) => document.importNode(found.querySelector(part), true));
  const more = Object.assign(document.createElement("a"), { href: term.href, textContent: "Glossary" });
  more.setAttribute("hx-boost", "false");
  tip.replaceChildren(...called.childNodes, ...meaning.childNodes, more);
  tip.showPopover();
  term.setAttribute("aria-describedby", "tip");
  place();
}

export function hide() {
  clearTimeout(leaving);
  shown?.removeAttribute("aria-describedby");
  shown = undefined;
  if (tip.matches(":popover-open")) tip.hidePopover();
}

// Below the term, or above it where there is more room; never beyond the window.
function place() {
  if (!shown) return;
  if (!shown.isConnected) return hide();
  const { left, top, bottom } = shown.getBoundingClientRect();
  if (bottom < 0 || top > innerHeight) return hide(); // it has been scrolled away
  const { offsetWidth: width, offsetHeight: height } = tip;
  const below = bottom + height + EDGE <= innerHeight || bottom < innerHeight - top;
  const y = below ? bottom : top - height;
  tip.style.left = `${Math.max(EDGE, Math.min(left, document.documentElement.clientWidth - width - EDGE))}px`;
  tip.style.top = `${Math.max(EDGE, Math.min(y, innerHeight - height - EDGE))}px`;
}

const termAt = (event) => event.target.closest?.("[data-term]");

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return; // a tap is a click, too
  const term = termAt(event);
  if (term) show(term);
  else if (tip.contains(event.target)) clearTimeout(leaving);
});

document.addEventListener("pointerout", (event) => {
  if (event.pointerType === "touch" || !(termAt(event) || tip.contains(event.target))) return;
  clearTimeout(leaving);
  leaving = setTimeout(() => (document.activeElement === shown || tip.contains(document.activeElement)) || hide(), LEAVE);
});

document.addEventListener("focusin", (event) => {
  const term = termAt(event);
  if (term?.matches(":focus-visible")) show(term);
  else if (!term && !tip.contains(event.target)) hide();
});

// A click or a tap explains, and the tip's own link leads on; Enter follows the link whose tip the focus has opened.
document.addEventListener(
  "click",
  (event) => {
    const term = termAt(event);
    if (!term) return tip.contains(event.target) || hide();
    if (event.ctrlKey || event.metaKey || event.shiftKey || (!event.detail && tip.matches(":popover-open"))) return;
    event.preventDefault();
    show(term);
  },
  true,
);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !shown) return;
  event.preventDefault();
  hide();
});

document.addEventListener("htmx:after:swap", place);
for (const name of ["scroll", "resize"]) addEventListener(name, place, true);
