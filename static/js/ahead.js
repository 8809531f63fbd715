// The stage has its walk on the machine: from when it is opened, the pages that Next and Back lead to, one after the other.
// So a lecture goes on where the server or the network does not, and what is missing says so.

import { page, say } from "asset:js/shared.js";
import { answer, extent, isHere, known, leads, within } from "asset:js/walk.js";

const ROOM = 200; // places, beside what is asked for at each
const SLOWEST = 8000; // ms that one waits for a server that says nothing

Object.assign(extent, { most: ROOM + 60, isOneWalk: false, ahead });

const ways = ["next", "back"];
const ends = new Map(); // where these lead to from an address

// What is near, then this place itself and its other ways, then what lies further on and further back, by turns.
function* ahead(near) {
  yield* near;
  yield within(location.href);
  yield* leads(":is(#formula, #return)[href]");
  let far = ways.map((way) => leads(`#${way}[href]`)[0]);
  for (let room = ROOM; room > 0 && far.some(Boolean); room -= 2) {
    far = far.map((address, which) => address && beyond(address)[which]);
    yield* far.filter(Boolean);
  }
}

function beyond(address) {
  if (!ends.has(address)) {
    const there = known(address);
    if (!there) return [];
    const links = ways.map((way) => there.querySelector(`#${way}[href]`)?.getAttribute("href"));
    ends.set(address, links.map((link) => link && within(link)));
  }
  return ends.get(address);
}

// An address, or else the same with the way back that this place has, or with none: a jump has one of its own from each place.
function here(address) {
  const AWAY = /(?<=[?&])away=[^&]*/;
  const [away = ""] = AWAY.exec(location.search) ?? [];
  return [address, address.replace(AWAY, away), address.replace(AWAY, "").replace(/[?&]$/, "")].find(isHere);
}

const late = () => new Promise((_, stop) => setTimeout(() => stop(new Error("no answer")), SLOWEST));

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const { action: address, method } = ctx.request;
  if (method !== "GET" || ctx.target?.id !== "page") return;
  const ask = ctx.fetch;
  ctx.fetch = async (...asked) => {
    const there = here(address);
    const kept = there && known(there, true);
    const got = await Promise.race([ask.apply(ctx, asked), late()]).catch((error) => {
      if (error.name === "AbortError" || !kept) throw error;
    });
    if (got && (got.status < 500 || !kept)) return got;
    ctx.page = kept;
    return answer(there);
  };
});

// The stage is left only where somebody answers: a page of the browser’s own has no way back.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.(":is(#leave, #elsewhere)[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const there = await Promise.race([page(link.href), late().catch(() => undefined)]);
  if (there === undefined) tell(link);
  else location.assign(link.href);
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => ctx?.target?.id === "page" && tell(ctx.sourceElement));

// What still works, where something does not.
function tell(source) {
  const asked = source.matches("a") ? `“${(source.getAttribute("aria-label") ?? source.textContent).trim()}”` : "this page";
  const works = ["#back", "#next", "#formula", "#return"].flatMap((one) => {
    const link = document.querySelector(`${one}[href]`);
    return link && here(within(link.href)) ? link.textContent : [];
  });
  const places = leads("li a");
  const count = places.filter((address) => here(address)).length;
  const still = count ? [...works, `${count} of ${places.length} places`] : works;
  const goesOn = still.length ? `These still work: ${still.join(", ")}.` : "The picture stays until it does.";
  say(`The server does not answer, and ${asked} is not on this machine. ${goesOn}`, true);
}
