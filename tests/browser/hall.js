// What the back row sees of the stage, measured in the page as it stands: sizes as parts of the height of the screen.
() => {
  const shown = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    for (let up = element; up; up = up.parentElement) if (getComputedStyle(up).clipPath === "inset(50%)") return false;
    return true;
  };
  const size = (element) => {
    const own = parseFloat(getComputedStyle(element).fontSize);
    const matrix = element.closest("text")?.getScreenCTM();
    return (matrix ? own * Math.abs(matrix.d) : own) / innerHeight;
  };
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { currentNode: node } = walker;
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("script, style, title") || !shown(element)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const drawn = element.closest("text");
    for (const { left, top, right, bottom } of drawn ? [drawn.getBoundingClientRect()] : range.getClientRects()) {
      if (right - left < 1 || !/[^\s\u200b]/.test(node.data)) continue;
      texts.push({ text: node.data.trim().slice(0, 30), size: size(element), left, top, right, bottom,
                   whole: element.closest("text, math"), value: !!element.closest(".cell text, .bars .figure, .cell .number, .cell mn:not(msub *, msup *, msubsup *)") });
    }
  }
  const meet = (one, other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 0.5 &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 0.5;
  const overlaps = texts.flatMap((one, place) =>
    texts
      .slice(place + 1)
      .filter((other) => (!one.whole || one.whole !== other.whole) && meet(one, other))
      .map((other) => `${one.text} | ${other.text}`),
  );
  // Boxes and arrows' rules: nothing that is written stands on another node's box.
  const clipped = texts
    .filter(({ left, top, right, bottom }) => left < -0.5 || top < -0.5 || right > innerWidth + 0.5 || bottom > innerHeight + 0.5)
    .map(({ text }) => text);
  // Of a board, all stands within the picture: nothing is beside the screen, and nothing behind the caption.
  const room = document.querySelector(".is-board")?.getBoundingClientRect();
  const spills = [...document.querySelectorAll(".is-board *")]
    .filter((one) => shown(one) && !one.matches("math *"))
    .map((one) => [one, one.getBoundingClientRect()])
    .filter(([, at]) => at.left < room.left - 1 || at.top < room.top - 1 || at.right > room.right + 1 || at.bottom > room.bottom + 1)
    .map(([one]) => `${one.tagName} ${one.getAttribute("class")} ${one.textContent.trim().slice(0, 30)}`);
  const values = texts.filter(({ value }) => value).map((one) => one.size);
  const caption = document.getElementById("caption");
  const root = document.documentElement;
  return {
    values: Math.min(...values),
    least: Math.min(...texts.map((one) => one.size)),
    smallest: texts.toSorted((one, other) => one.size - other.size)[0].text,
    overlaps,
    clipped,
    spills,
    hidden: Math.max(caption.scrollHeight - caption.clientHeight, caption.scrollWidth - caption.clientWidth),
    scrolls: Math.max(root.scrollWidth - innerWidth, root.scrollHeight - innerHeight),
    cells: values.length,
  };
}
