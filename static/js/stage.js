// The stage: what keys and clickers do on it. A clicker is a keyboard, and sends Page Down, Page Up, F5 and Escape in turn,
// a full stop or a B; see templates/keys/_lists.html for all of them.
//
// A key is what it writes, on any layout (`event.key`); by its place (`event.code`) goes only what clickers send for a black
// screen, which another layout writes otherwise, and a digit, which the French row writes with Shift alone.

import "asset:js/ahead.js";
import { autoplay } from "asset:js/autoplay.js";
import { isOverview, moves, open } from "asset:js/overview.js";
import { keysAreOff, press, takesText } from "asset:js/queue.js";
import { say } from "asset:js/shared.js";
import { blank, fillScreen, isBlank, laser, nextTheme, unblank } from "asset:js/screen.js";
import { timerKey } from "asset:js/timer.js";
import { openSpeaker } from "asset:js/together.js";

const step = (key) => () => press(`#timeline [data-key~="${key}"]`);
const [next, back] = [step("ArrowRight"), step("ArrowLeft")];
const keysShown = () => document.getElementById("keys");

// What steps, by its key: these also bring a blank screen back, and then do not step.
const steps = {
  ArrowRight: next,
  PageDown: next,
  " ": next,
  n: next,
  Enter: enter,
  ArrowLeft: back,
  PageUp: back,
  "Shift+ ": back,
  p: back,
  Backspace: back,
  ArrowDown: () => press(() => phase(1)),
  ArrowUp: () => press(() => phase(-1)),
  Home: step("Home"),
  End: step("End"),
};

// What else there is; none of it is done again while a key is held.
const others = {
  b: () => blank("black"),
  ".": () => blank("black"),
  w: () => blank("white"),
  ",": () => blank("white"),
  f: fillScreen,
  F5: fillScreen,
  d: nextTheme,
  l: laser,
  e: () => press("#formula"),
  h: () => press("#hide"),
  q: () => press("#predict"),
  o: () => press("#overview"),
  r: () => press("#return"),
  a: (event) => show((typed = autoplay(typed, event))),
  g: () => show((typed = "")),
  s: openSpeaker,
  t: timerKey,
  "?": () => keysShown().showModal(),
  F1: () => keysShown().showModal(),
  Escape: closeTop,
};

// What a key is called here.
function named({ key, code, shiftKey }) {
  if (key === " " && shiftKey) return "Shift+ ";
  if (code === "Period") return ".";
  const name = key.length === 1 ? key.toLowerCase() : key;
  return code === "KeyB" && !(name in steps) && !(name in others) ? "b" : name;
}

// The digit of a key, if it is one.
function digit({ key, code, shiftKey }) {
  if (/^[0-9]$/.test(key)) return key;
  const [, place] = (!shiftKey && /^[^a-z]$/i.test(key) && /^Digit([0-9])$/.exec(code)) || [];
  return place;
}

document.addEventListener("keydown", (event) => {
  const { target, repeat } = event;
  if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || keysAreOff()) return;
  if (takesText(target) || (event.shiftKey && event.key === "F5")) return;
  if (keysShown().open) return overKeys(event);
  const [name, figure] = [named(event), digit(event)];
  if ((name === "Enter" || name === " " || name === "Shift+ ") && isWorked(target) && !isBlank() && !typed) return;
  if (figure) show((typed = (typed ?? "") + figure));
  else if (name in steps) {
    if (isBlank()) repeat || unblank();
    else ((isOverview() && moves[name]) || steps[name])();
    if (name !== "Enter") show((typed = undefined));
  } else if (name in others) repeat || others[name](event);
  else return;
  event.preventDefault();
});

// Over the list of keys, those that open it close it; and a clicker’s F5 does not load the page anew, out of full screen.
function overKeys(event) {
  if (!["?", "F1", "F5"].includes(event.key)) return;
  event.preventDefault();
  if (event.key !== "F5" && !event.repeat) keysShown().close();
}

// Whether Enter and Space belong to what has the focus; the steps themselves they do not work.
function isWorked(element) {
  return element.matches("a, button, summary") && !element.closest("#timeline ol, #places, #back, #next");
}

// A number that is being typed is shown until Enter goes to the place that has it.
let typed;

function show(text) {
  const shown = document.getElementById("typed");
  shown.hidden = text === undefined;
  shown.textContent = `→ ${text}`;
}

function enter() {
  const wanted = typed;
  show((typed = undefined));
  if (wanted === undefined) return isOverview() ? open() : next();
  if (wanted) press(() => numbered(Number(wanted)));
}

// The link of the place with a number; where there is none, that is said.
function numbered(wanted) {
  const there = document.querySelector(`#timeline [data-number="${wanted}"]`);
  if (!there) say(`There is no place ${wanted} here.`, true);
  return there;
}

// The link of the phase after the present step, or where this one or the one before begins; and the end of the walk.
function phase(by) {
  const stops = [...document.querySelectorAll("#timeline li")];
  const here = stops.findIndex((stop) => stop.matches(".now"));
  const at = here >= 0 ? here : document.getElementById("last").hasAttribute("href") ? -1 : stops.length;
  const starts = stops.flatMap((stop, place) => (stop.hasAttribute("data-phase") ? place : []));
  const there = by > 0 ? starts.find((place) => place > at) : starts.findLast((place) => place < at);
  return stops[there]?.firstElementChild ?? document.querySelector(by > 0 ? "#last[href]" : "#first[href]");
}

// Only what is on top; a step is never taken, nor the stage left. Under all else, an overview goes back to the picture.
function closeTop() {
  if (isBlank()) unblank();
  else if (typed !== undefined) show((typed = undefined));
  else if (!laser(false) && isOverview()) press("#overview");
}

// What a pointer has pressed does not keep the keys from what comes after it.
document.addEventListener("click", ({ target, detail }) => detail && target.closest?.("a, button")?.blur());

document.addEventListener("click", ({ target }) => {
  if (target.closest?.("#fill-screen")) fillScreen();
  if (target.matches?.("#keys")) keysShown().close();
  if (target.matches?.("#blank")) unblank();
});
