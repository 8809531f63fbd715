// The sliders of the cost page. A slider writes the size it stands for into its number field; when it is let go of, the
// form sends itself, as it does for a number that was typed. Meanwhile the sums alone are exchanged, one request at a
// time, so that the slider under the pointer stays what it is.

import { exchange, page } from "asset:js/shared.js";

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
  const text = await page(`${slider.form.action}?${new URLSearchParams(sent)}`);
  following = false;
  if (waiting) follow(slider);
  // An answer that comes after the slider was let go of is older than the page.
  if (!text || !slider.matches(":active")) return;
  exchange(text, "sums");
}
