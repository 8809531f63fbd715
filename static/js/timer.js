// The timer of a lecture, which both windows show: it starts with the first step from stop to stop, or by hand, and goes on
// over reloads, for which it is stored; only where a lecture is held.

const KEY = "timer";
const LASTING = 43_200_000; // ms after which what was left behind belongs to another day

let own; // where nothing can be stored, it is known to this window alone

// `spent` ms before it was last started, which was at `since` (null: it stands still); undefined before the start.
function read() {
  let found = own;
  try {
    found = JSON.parse(localStorage.getItem(KEY)) ?? undefined;
  } catch {
    // it is known to this window alone
  }
  return Date.now() - found?.at < LASTING ? found : undefined;
}

function write(state) {
  own = state && { ...state, at: Date.now() };
  try {
    if (own) localStorage.setItem(KEY, JSON.stringify(own));
    else localStorage.removeItem(KEY);
  } catch {
    // it is known to this window alone
  }
  show();
}

const elapsed = ({ spent, since } = { spent: 0, since: null }) => spent + (since === null ? 0 : Date.now() - since);
const goes = (state) => state !== undefined && state.since !== null;
const start = () => write({ spent: elapsed(read()), since: Date.now() });

function goOrPause() {
  if (goes(read())) write({ spent: elapsed(read()), since: null });
  else start();
}

// On the stage, to see it or not; in the speaker's view, where it always is, to stop it and to go on.
export function timerKey() {
  const clock = document.getElementById("clock");
  if (!clock) return goOrPause();
  clock.hidden = !clock.hidden;
  document.documentElement.classList.add("idle"); // the hand is at the keys: it stands where the controls were
  if (!clock.hidden && !read()) start();
  show();
}

// In minutes and seconds, as plans are written: 95:07.
const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;

function put(name, text) {
  for (const one of document.querySelectorAll(`:is(#clock, #timer) .${name}`)) if (one.textContent !== text) one.textContent = text;
}

function show() {
  const state = read();
  const seconds = Math.floor(elapsed(state) / 1000);
  const { begins, ends } = document.getElementById("timeline")?.dataset ?? {};
  put("elapsed", minutes(seconds));
  put("planned", begins === undefined ? "" : `plan ${minutes(Number(begins))}`);
  put("pace", state && begins !== undefined ? pace(seconds, Number(begins), Number(ends)) : "");
  const button = document.getElementById("timer-go");
  if (button) button.textContent = goes(state) ? "Pause" : state ? "Go on" : "Start";
}

// How far the lecture is from its plan, which says when this stop begins and ends.
function pace(seconds, begins, ends) {
  if (seconds < begins) return `${minutes(begins - seconds)} early`;
  return seconds < ends ? "on time" : `${minutes(seconds - ends)} late`;
}

const place = () => document.querySelector("#timeline[data-begins]") && document.querySelector(".place").textContent;
let here = place();

document.addEventListener("htmx:after:swap", () => {
  if (place() && place() !== here && !read()) start();
  here = place();
  show();
});

document.addEventListener("click", ({ target }) => {
  if (target.closest?.("#timer-go")) goOrPause();
  if (target.closest?.("#timer-reset")) write(undefined);
});

addEventListener("storage", show); // the other window has changed it
setInterval(show, 250);
show();
