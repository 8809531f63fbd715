// Two windows of one browser in step: the stage and the speaker's view. Whoever takes a step by hand tells the other, which
// goes there in place; and a screen that one of them makes black is so in both. Nobody else is told.
//
// What is told is one state, and never a change of one: so the last press wins, and a window that was reloaded or had not
// been there is in step again after the next one.

import { say } from "asset:js/shared.js";
import { press } from "asset:js/queue.js";

const channel = new BroadcastChannel("lecture");
const now = () => performance.timeOrigin + performance.now();

// The other window's page has a link here, and this window's its own address: both are the same place.
const link = () => document.querySelector("#page :is(#speaker, #screen)");
const isSpeaker = () => link()?.id === "screen";

function within(address) {
  const { pathname, search } = new URL(address, document.baseURI);
  return pathname + search;
}

function here() {
  const canonical = document.querySelector("[rel=canonical]");
  if (!link() || !canonical) return undefined;
  const [own, other] = [canonical.href, link().href].map(within);
  return isSpeaker() ? { screen: other, speaker: own } : { screen: own, speaker: other };
}

const own = (place) => place?.[isSpeaker() ? "speaker" : "screen"];

let last = here(); // where this window has been seen
let since = 0; // when the last step was taken, here or there
let wanted; // where the other window is, on the way there

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => (ctx.follows = ctx.request.action === wanted));

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const place = here();
  if (!place || own(place) === own(last)) return;
  last = place;
  if (ctx.follows) return;
  since = now();
  wanted = undefined;
  channel.postMessage({ from: isSpeaker(), since, place });
});

function follow() {
  const there = wanted;
  if (there && there !== own(here())) htmx.ajax("GET", there, { source: document.body });
}

channel.addEventListener("message", ({ data }) => {
  if (!link() || data.from === isSpeaker()) return;
  if (data.blank !== undefined) return mirror(data.blank);
  if (data.since < since) return; // both took a step at once
  since = data.since;
  wanted = own(data.place);
  press(follow);
});

// The blank screen: on the stage it covers all, in the speaker's view a line says that it is there.
const sheet = document.getElementById("blank");
const colour = () => (sheet.hidden ? "" : sheet.matches(".is-white") ? "white" : "black");
let told = colour();

function tell() {
  told = colour();
  channel.postMessage({ from: isSpeaker(), blank: told });
}

function mirror(blank) {
  told = blank;
  sheet.hidden = !blank;
  sheet.classList.toggle("is-white", blank === "white");
  if (isSpeaker()) say(blank ? `The screen is ${blank}.` : "The picture is back.");
}

new MutationObserver(() => colour() !== told && tell()).observe(sheet, { attributes: true });
if (link() && !isSpeaker()) tell();

// In a window of its own, which can be moved to another screen. Where the browser allows none, the link stays.
export function openSpeaker() {
  const view = document.getElementById("speaker");
  if (view && !window.open(view.href, "speaker", "popup,width=1024,height=768")) view.focus();
}
