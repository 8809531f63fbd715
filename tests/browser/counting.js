// Put into every page by the tests, before its own scripts: what was asked, what was answered, what was swapped in.
(() => {
  const seen = (window.seen = { asked: 0, answered: 0, swapped: 0, said: [], foreign: [] });
  document.addEventListener("htmx:before:request", () => (seen.asked += 1));
  document.addEventListener("htmx:finally:request", () => (seen.answered += 1));
  // At each swap, before the page's own scripts have seen it, and once more when a test is done with the page.
  seen.look = () => {
    for (const inside of document.querySelectorAll("svg *, math *")) {
      if (inside.namespaceURI === "http://www.w3.org/1999/xhtml") seen.foreign.push(inside.outerHTML);
    }
  };
  document.addEventListener("htmx:after:swap", () => {
    seen.swapped += 1;
    seen.look();
  });
  document.addEventListener("DOMContentLoaded", () => {
    const live = document.getElementById("live");
    if (!live) return;
    new MutationObserver(() => seen.said.push(live.textContent)).observe(live, { childList: true });
  });
  // Nothing under way, and nothing two turns later: a queued press is asked for one turn after an answer.
  const quietly = () => seen.asked === seen.answered && !document.querySelector(".scrubbing, body[aria-busy]");
  window.settled = async () => {
    for (let quiet = 0; quiet < 2; quiet += quietly() ? 1 : -quiet) {
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  };
  // What a step leads to has come ahead of it, if it does within a second, and there was time to work out what it changes.
  window.rested = async () => {
    const links = () => [...document.querySelectorAll("#next[href], #back[href]")];
    for (let tries = 0; tries < 100 && !links().every(({ href }) => performance.getEntriesByName(href).length); tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (let time = 0; time < 3; time += 1) await new Promise((resolve) => requestIdleCallback(resolve, { timeout: 250 }));
  };
})();
