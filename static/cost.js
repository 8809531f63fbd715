// The sliders of the cost page. A slider writes the size it stands for into its number field; when it is let go of, the
// form sends itself, as it does for a number that was typed. Meanwhile the sums alone are exchanged, one request at a
// time, so that the slider under the pointer stays what it is.

let following = false;
let waiting = false;

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-stops]")) return;
  const size = target.dataset.stops.split(" ")[target.value];
  document.getElementById(`field-${target.dataset.slides}`).value = size;
  target.setAttribute("aria-valuetext", size);
  if (target.matches(":active")) follow(target); // keys let go at once
});

async function follow(slider) {
  waiting = following;
  if (waiting) return;
  following = true;
  const sent = new FormData(slider.form);
  sent.delete("from");
  const text = await page(`/cost?${new URLSearchParams(sent)}`);
  following = false;
  if (waiting) follow(slider);
  // An answer that comes after the slider was let go of is older than the page.
  if (!text || !slider.matches(":active")) return;
  const target = document.getElementById("sums");
  htmx.swap({ select: "#sums", text, swap: "outerHTML settle:0", target, sourceElement: target, response: { status: 200 } });
}

async function page(address) {
  try {
    const response = await fetch(address);
    return response.ok && (await response.text());
  } catch {
    return undefined; // a server that is gone: the form's own request says so
  }
}

document.addEventListener("htmx:after:swap", () => {
  const said = document.getElementById("sums")?.dataset.announce;
  if (said && !document.querySelector("[data-stops]:active")) document.getElementById("live").textContent = said;
});
