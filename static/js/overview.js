// The overview: the focus goes over the small pictures, on and back in their order and up and down by where they stand.

import { press } from "asset:js/queue.js";

const places = () => [...document.querySelectorAll("#places a")];
const here = () => document.querySelector("#places [aria-current]");

// Where the focus is, or where one came from.
const present = () => (document.activeElement.closest("#places a") ?? here());

export const isOverview = () => document.getElementById("places") !== null;

function go(place) {
  place?.focus();
  place?.scrollIntoView({ block: "nearest" });
}

const along = (by) => () => {
  const all = places();
  go(all[Math.min(Math.max(all.indexOf(present()) + by, 0), all.length - 1)]);
};

// The nearest row that way, and in it what stands nearest to the same middle.
const across = (by) => () => {
  const at = (place) => place.getBoundingClientRect();
  const middle = (place) => at(place).left + at(place).width / 2;
  const one = present();
  const beyond = places().filter((place) => by * (at(place).top - at(one).top) > 1);
  const far = (place) => [by * (at(place).top - at(one).top), Math.abs(middle(place) - middle(one))];
  go(beyond.sort((a, b) => far(a)[0] - far(b)[0] || far(a)[1] - far(b)[1])[0]);
};

const [on, back] = [along(1), along(-1)];

// What steps in an overview, by the names that stage.js has for keys.
export const moves = {
  ArrowRight: on,
  PageDown: on,
  " ": on,
  n: on,
  ArrowLeft: back,
  PageUp: back,
  "Shift+ ": back,
  p: back,
  Backspace: back,
  ArrowDown: across(1),
  ArrowUp: across(-1),
  Home: () => go(places()[0]),
  End: () => go(places().at(-1)),
};

// To the place that has the focus.
export const open = () => press(`#${present().id}`);

// The present place has the focus when the overview comes; when it goes, no link keeps it that Space would not step from.
let shown = isOverview();
if (shown) go(here());

document.addEventListener("htmx:after:swap", () => {
  const [was, is] = [shown, (shown = isOverview())];
  if (is && !was) go(here());
  if (was && !is) document.getElementById("timeline").focus({ preventScroll: true });
});
