// Autoplay: Next by itself, until anything is done. A number typed before the key is its pace in seconds; without one, a stop
// of a lecture takes its own time, and any other place takes `PACE`.

import { say } from "asset:js/shared.js";
import { press } from "asset:js/queue.js";

const PACE = 8; // seconds
const SLOWEST = 3600;

let timer; // what waits for the next step
let chosen; // seconds that were typed
let ended; // the key that stopped it, and so does not start it again

const note = () => document.getElementById("pace");
const seconds = () => chosen ?? Number(document.getElementById("timeline").dataset.seconds ?? PACE);

function tell(text) {
  note().hidden = !text;
  note().textContent = text ?? "";
}

function wait() {
  if (!document.querySelector("#next[href]")) return stop();
  tell(`▶ ${seconds()} s`);
  timer = setTimeout(() => press("#next"), seconds() * 1000);
}

function stop() {
  clearTimeout(timer);
  timer = undefined;
  tell();
}

// Started by a key, after which nothing is typed any more.
export function autoplay(typed, event) {
  if (event === ended) return undefined;
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    const says = "Autoplay is off, since this device asks for reduced motion.";
    tell(says);
    say(says);
    return undefined;
  }
  chosen = Number(typed) ? Math.min(Number(typed), SLOWEST) : undefined;
  say(document.querySelector("#next[href]") ? "Autoplay has started." : "This is the last place.");
  wait();
  return undefined;
}

function end(event) {
  ended = timer === undefined ? undefined : event;
  if (ended) say("Autoplay has stopped.");
  stop();
}

for (const name of ["keydown", "pointerdown", "touchstart", "wheel"]) {
  document.addEventListener(name, end, { capture: true, passive: true });
}
document.addEventListener("visibilitychange", () => document.hidden && stop());

// What has come is shown for its own time; where nothing comes, it ends.
document.addEventListener("htmx:after:swap", () => timer !== undefined && (clearTimeout(timer), wait()));
document.addEventListener("htmx:error", () => stop());
