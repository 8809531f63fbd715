// What the stage does with the screen: fills it, keeps it awake, blanks it, changes its colours; the pointer, too.

const THEMES = ["", "light", "dark", "contrast"];
const STILL = 3000; // ms after which a pointer that rests is hidden

const root = document.documentElement;

export function fillScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen?.().catch(() => undefined); // where it is not allowed, all else goes on
}

// What is kept over a page that is loaded anew: nothing, where the browser does not let us. See theme.js.
function keep(storage, name, text) {
  try {
    if (text) window[storage].setItem(name, text);
    else window[storage].removeItem(name);
  } catch {
    return;
  }
}

// As the reader's system has it, then by turns.
export function nextTheme() {
  const theme = THEMES[(THEMES.indexOf(root.dataset.theme ?? "") + 1) % THEMES.length];
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  keep("localStorage", "stage.theme", theme);
}

const sheet = () => document.getElementById("blank");

export const isBlank = () => !sheet().hidden;
export const unblank = () => (sheet().hidden = true);

// Black or white; what is so already comes back.
export function blank(colour) {
  const isWhite = colour === "white";
  sheet().hidden = isBlank() && sheet().matches(".is-white") === isWhite;
  sheet().classList.toggle("is-white", isWhite);
}

// A dot at the pointer, until the same key. Returns whether there was one.
export function laser(on) {
  const dot = document.getElementById("laser");
  const was = !dot.hidden;
  dot.hidden = on === false || !dot.hidden;
  root.classList.toggle("pointing", !dot.hidden);
  keep("sessionStorage", "stage.laser", dot.hidden ? "" : "on");
  point();
  return was;
}

let at = { x: innerWidth / 2, y: innerHeight / 2 };

function point() {
  const dot = document.getElementById("laser");
  if (!dot.hidden) dot.style.transform = `translate(${at.x}px, ${at.y}px) translate(-50%, -50%)`;
}

let resting;

function rest() {
  clearTimeout(resting);
  root.classList.remove("idle");
  resting = setTimeout(() => root.classList.add("idle"), STILL);
}

document.addEventListener("pointermove", ({ clientX: x, clientY: y }) => {
  at = { x, y };
  point();
  rest();
});
rest();

try {
  if (sessionStorage.getItem("stage.laser")) laser();
} catch {
  // none is kept
}

// The screen does not go to sleep while the stage is in sight.
async function stayAwake() {
  if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen").catch(() => undefined);
}
document.addEventListener("visibilitychange", stayAwake);
stayAwake();
