// Walks inside the page, and what is compared at the end of one.
const bare = (root) => {
  // without what htmx writes on elements while it works, and what makes one stop of Tab of several
  const copy = root.cloneNode(true);
  for (const element of [copy, ...copy.querySelectorAll("*")]) {
    element.removeAttribute("data-htmx-powered");
    if (element.matches("#timeline li a, .drawing .cell")) element.removeAttribute("tabindex");
    element.classList.remove("htmx-request", "htmx-added", "htmx-settling", "htmx-swapping");
    if (element.getAttribute("class") === "") element.removeAttribute("class");
  }
  return copy.outerHTML;
};

window.walked = async (walk) => {
  for (const move of walk) {
    if (typeof move === "string") {
      const link = document.getElementById(move); // a pass as a whole has fewer views than a step
      if (!link && move.startsWith("tab-")) continue;
      link.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
    } else {
      const field = document.getElementById(`field-${move[0]}`);
      field.value = move[1];
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    await window.settled();
  }
  const there = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const fields = (from) => [...from.querySelectorAll("#fields input")].map((field) => field.value);
  return {
    address: location.pathname + location.search,
    here: bare(document.getElementById("page")),
    direct: bare(there.getElementById("page")),
    fields: fields(document),
    typed: fields(there),
    title: document.title,
    theirs: there.title,
  };
};
