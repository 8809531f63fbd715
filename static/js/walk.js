// The walk ahead: the pages that a step leads to are asked for before they are wanted, and kept; and what such a step
// changes is worked out while nobody waits. A page is a function of its address, so what is kept is what would come.
//
// htmx goes the step as it goes any other. It is only handed its answer (`ctx.fetch`) and what is to be done (`ctx.plan`).

import { page } from "asset:js/shared.js";
import { build, differ, parsed } from "asset:js/patch.js";

// How much of it: so many pages at most, those of one walk alone, and first what is near, then, once somebody takes steps, so
// that all of the walk is worth having, all of it. The stage wants more, see ahead.js.
export const extent = {
  most: 40,
  isOneWalk: true,
  ahead: (near) => new Set([...near, ...(walking ? leads("a[href]") : [])]),
};
const LASTING = 600_000; // ms, as long as caches may answer with what they have
const PAUSE = 250; // ms in which numbers that are being changed may go on changing

const kept = new Map(); // address: { text, doc, since }
const plans = new Map(); // address: what turns the page that is there into that one
let walk; // the addresses of the steps there are
let walking = false;
let coming; // what is being asked for: its address, the end of it, and how to stop it
let turn = 0;

const idle = () => new Promise((go) => (window.requestIdleCallback ?? setTimeout)(go, { timeout: 200 }));
export const leads = (selector) => [...document.querySelectorAll(`#timeline ${selector}`)].map((link) => within(link.href));

export function within(address) {
  const { pathname, search } = new URL(address, document.baseURI);
  return pathname + search;
}

export const isHere = (address) => kept.has(address);
const fresh = (address) => performance.now() - kept.get(address)?.since < LASTING;

// The page at an address, if it is here and may still be shown, or `even` if it may not. It is read only when it is near: what
// is another page than was asked for, or of another build, is none.
export function known(address, even = fresh(address)) {
  const one = even && kept.get(address);
  if (!one) return undefined;
  one.doc ??= parsed(one.text);
  const canonical = one.doc.head.querySelector("[rel=canonical]")?.getAttribute("href");
  return canonical && within(canonical) === address && build(one.doc) === build(document) ? one.doc : undefined;
}

// One page at a time, behind all else that the browser asks for.
function ask(address) {
  if (coming?.address === address) return coming.over;
  const stop = new AbortController();
  const over = page(address, { priority: "low", signal: stop.signal }).then((text) => {
    if (coming?.over === over) coming = undefined;
    if (text && !stop.signal.aborted) keep(address, text);
  });
  coming = { address, over, stop };
  return over;
}

function keep(address, text) {
  kept.delete(address);
  if (kept.size >= extent.most) kept.delete(kept.keys().next().value);
  kept.set(address, { text, since: performance.now() });
}

function giveUp() {
  coming?.stop.abort();
  coming = undefined;
  turn += 1;
}

// Next, then Back, then the others. What was worked out was for the page before. Where one does not come, the others are not
// asked for.
async function prepare(pause) {
  plans.clear();
  const mine = ++turn;
  const over = () => mine !== turn || document.body.matches(".scrubbing");
  await new Promise((go) => setTimeout(go, pause));
  await idle();
  if (over() || navigator.connection?.saveData) return;
  const near = [...leads("#next[href]"), ...leads("#back[href]")];
  forget(leads("li a"), near);
  for (const address of extent.ahead(near)) {
    if (!fresh(address)) await ask(address);
    if (over() || !fresh(address)) return;
    await idle();
    if (over()) return;
    if (near.includes(address) && known(address)) plans.set(address, planned(address));
  }
}

// One walk is kept: that of the numbers on the screen. And of its pages, what is near is kept ready.
function forget(steps, near) {
  if (extent.isOneWalk && walk !== steps.join()) {
    kept.clear();
    walking &&= walk === undefined;
  }
  walk = steps.join();
  for (const [address, one] of kept) if (!near.includes(address)) one.doc = undefined;
}

const planned = (address) => differ(document.getElementById("page"), known(address).getElementById("page"));

// As much of a Response as htmx looks at.
export const answer = (address) => ({ status: 200, url: new URL(address, document.baseURI).href, headers: [], text: async () => "" });

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const { action: address, method, signal } = ctx.request;
  if (method !== "GET" || ctx.target?.id !== "page") return;
  const ask = ctx.fetch;
  const take = () => (ctx.page = known(address)) && answer(address);
  ctx.steps = leads("a[href]").includes(address);
  walking ||= ctx.steps;
  if (known(address)) Object.assign(ctx, { plan: plans.get(address), fetch: async () => take() });
  else if (coming?.address !== address) giveUp(); // who waits goes first
  else {
    const { over } = coming;
    const stopped = new Promise((_, stop) => signal.addEventListener("abort", () => stop(signal.reason)));
    ctx.fetch = async (...asked) => (await Promise.race([over, stopped]), take() || ask(...asked));
  }
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => prepare(ctx.steps ? 0 : PAUSE));

// What else comes or goes on the page, as in a drag, was not reckoned with.
new MutationObserver(() => plans.size && prepare(PAUSE)).observe(document, { childList: true, subtree: true });

if (document.readyState === "complete") prepare(0);
else addEventListener("load", () => prepare(0));
