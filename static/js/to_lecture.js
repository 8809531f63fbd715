// F, and F5 as a clicker sends it, lead from a page to the same in lecture mode: where its link `#to-lecture` leads. And
// when a key is free for a page.

// keys=off in an address: for those whose own keys these would be.
export const keysAreOff = () => new URLSearchParams(location.search).get("keys") === "off";

export function takesText(element) {
  return element.matches("input, textarea, select, [contenteditable]");
}

// Not in a field, nor with a modifier; and what is open has Escape, and no other key.
export function isFree(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || keysAreOff()) return false;
  return !takesText(event.target) && !document.querySelector("dialog[open], [popover]:popover-open:not(#tip)");
}

document.addEventListener("keydown", (event) => {
  const link = document.getElementById("to-lecture");
  if (!link || !(/^f$/i.test(event.key) || (event.key === "F5" && !event.shiftKey)) || !isFree(event)) return;
  event.preventDefault(); // F5 would load the page again, as Shift + F5 does
  link.click();
});
