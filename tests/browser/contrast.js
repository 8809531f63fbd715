// How well all that is written and drawn on the stage stands out from what is really behind it: the least contrast of a
// text and of a line, as WCAG has it, and which these are.
() => {
  const seen = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const look = (element) => getComputedStyle(element);
  const colour = (text) => {
    const found = /^rgba?\(([^)]+)\)$/.exec(text);
    if (!found) return undefined;
    const [r, g, b, alpha = 1] = found[1].split(/[ ,/]+/).map(Number);
    return { rgb: [r, g, b], alpha };
  };
  const over = (top, below) => top.rgb.map((part, place) => part * top.alpha + below[place] * (1 - top.alpha));
  const light = (rgb) => {
    const [r, g, b] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 3294.6 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [a, b] = [light(one), light(other)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  // The colour of the page under an element of HTML.
  const page = (element) => {
    const tops = [];
    for (let up = element; up; up = up.parentElement) {
      const ground = up.ownerSVGElement ? undefined : colour(look(up).backgroundColor);
      if (ground?.alpha) tops.push(ground);
      if (ground?.alpha === 1) break;
    }
    return tops.reduceRight((below, top) => over(top, below), [255, 255, 255]);
  };
  const SHAPES = "rect, path, circle, ellipse, polygon";
  const shapes = new Map([...document.querySelectorAll("svg")].map((svg) => [svg, [...svg.querySelectorAll(SHAPES)].filter(seen)]));
  const within = (shape, x, y) => {
    const { left, top, right, bottom } = shape.getBoundingClientRect();
    if (x < left || x > right || y < top || y > bottom) return false;
    if (shape.localName === "rect") return true;
    return shape.isPointInFill(new DOMPoint(x, y).matrixTransform(shape.getScreenCTM().inverse()));
  };
  // What is behind a part of a drawing at a point: the shapes before it that are filled there, on the page.
  const behind = (element, x, y) => {
    const svg = element.ownerSVGElement;
    const below = shapes.get(svg).filter(
      (shape) =>
        shape !== element &&
        shape.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING &&
        !shape.closest("marker, pattern, clipPath, mask, defs, symbol") &&
        colour(look(shape).fill)?.alpha &&
        within(shape, x, y),
    );
    return below.reduce((ground, shape) => {
      const { rgb, alpha } = colour(look(shape).fill);
      return over({ rgb, alpha: alpha * look(shape).fillOpacity * look(shape).opacity }, ground);
    }, page(svg));
  };
  const least = (found) => found.toSorted((one, other) => one.ratio - other.ratio)[0] ?? { ratio: 21, what: "nothing" };
  const named = (element) => `${element.localName}.${element.getAttribute("class") ?? ""} ${element.textContent.trim().slice(0, 20)}`;
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("script, style, title, .unseen") || !seen(element)) continue;
    const drawn = element.closest("text");
    const { left, top, right, bottom } = (drawn ?? element).getBoundingClientRect();
    if (right - left < 2) continue; // for those who do not see it
    let ground = drawn ? behind(drawn, (left + right) / 2, (top + bottom) / 2) : page(element);
    const style = look(element);
    if (drawn && style.paintOrder.startsWith("stroke") && parseFloat(style.strokeWidth) >= 3) {
      ground = colour(style.stroke)?.rgb ?? ground; // what is written stands on its own border
    }
    const ink = colour(drawn ? style.fill : style.color);
    if (ink) texts.push({ ratio: contrast(over(ink, ground), ground), what: named(element) });
  }
  const lines = [];
  for (const shape of [...shapes.values()].flat()) {
    const hatched = look(shape).fill.startsWith("url"); // what its lines are like is the pattern's
    const style = look(hatched ? shape.ownerSVGElement.querySelector("pattern path") : shape);
    const ink = colour(style.stroke);
    if (!ink?.alpha || !parseFloat(style.strokeWidth) || shape.closest("marker, pattern, clipPath, mask, defs, symbol")) continue;
    if (shape.matches(".flow")) continue; // it runs along a line that is there
    const at = shape.getPointAtLength(shape.getTotalLength() * 0.3).matrixTransform(shape.getScreenCTM());
    const ground = behind(shape, at.x, at.y);
    const fill = colour(look(shape).fill); // a mark with a border in the colour of the page is seen by what fills it
    const inks = [ink, ...(fill?.alpha ? [fill] : [])].map((one) => contrast(over(one, ground), ground));
    lines.push({ ratio: Math.max(...inks), what: named(shape) });
  }
  for (const step of document.querySelectorAll("#timeline li a")) {
    const ground = page(step);
    lines.push({ ratio: contrast(colour(getComputedStyle(step, "::before").borderTopColor).rgb, ground), what: named(step) });
  }
  return { text: least(texts), line: least(lines), texts: texts.length, lines: lines.length };
}
