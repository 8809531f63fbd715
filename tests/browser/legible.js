// What can be read of a page of the network, measured in the page as it stands: sizes in CSS pixels, ratios of contrast.
() => {
  const shown = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    for (let up = element; up; up = up.parentElement) {
      if (getComputedStyle(up).clipPath === "inset(50%)") return false; // for those who listen
    }
    return true;
  };
  // The height of type as it is drawn: an svg is scaled to its place.
  const size = (element) => {
    const own = parseFloat(getComputedStyle(element).fontSize);
    const svg = element.closest("text");
    if (!svg) return own;
    const { a, b, c, d } = svg.getScreenCTM();
    return own * Math.sqrt(Math.abs(a * d - b * c));
  };
  const texts = () => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement: element, data } = walker.currentNode;
      if (data.trim() && !element.closest("script, style, title") && shown(element)) found.push([element, data.trim()]);
    }
    for (const input of document.querySelectorAll("input:not([type=hidden])")) {
      if (shown(input)) found.push([input, input.value]);
    }
    return found;
  };
  // Of an index or an exponent nobody asks that it be as large as what it stands at.
  const scripts = "msub > :nth-child(n + 2), msup > :nth-child(n + 2), msubsup > :nth-child(n + 2), munder > :nth-child(n + 2)";
  const least = (found) => (found.length ? Math.min(...found) : null);
  const sizes = (selector) => least([...document.querySelectorAll(selector)].filter(shown).map(size));
  const maths = (tags) =>
    least(
      [...document.querySelectorAll("#card math")]
        .filter((math) => !math.closest(".facts, .reasons, table"))
        .flatMap((math) => [...math.querySelectorAll(tags)])
        .filter((leaf) => leaf.textContent.trim() && !leaf.closest(scripts) && shown(leaf))
        .map(size),
    );

  const inside = (x, y) => x >= 0 && y >= 0 && x < innerWidth && y < innerHeight;
  const grid = (element) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const at = [0.1, 0.3, 0.5, 0.7, 0.9]; // at its very edge, rounding may give a point to what stands beside it
    return at.flatMap((x) => at.map((y) => [left + x * width, top + y * height]));
  };
  // Which part of an element is on the screen, and under nothing that is no part of `whole`.
  const inSight = (element, whole = element) => {
    if (!element || !shown(element)) return 0;
    const points = grid(element);
    const seen = points.filter(([x, y]) => {
      if (!inside(x, y)) return false;
      const hit = document.elementFromPoint(x, y);
      return hit && (whole.contains(hit) || hit.contains(whole));
    });
    return seen.length / points.length;
  };
  const picture = document.querySelector("#picture, figure.picture");
  const drawing = [...document.querySelectorAll(".drawing")].find(shown);
  const now = drawing?.querySelector(".group.now .box");

  const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (text) => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = text;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], ground) => [r, g, b].map((one, place) => one * a + ground[place] * (1 - a));
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((one) => one / 255).map((one) => (one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (text, ground, opacity = 1) => {
    const [r, g, b, a] = colour(text);
    const [light, dark] = [over([r, g, b, a * opacity], ground), ground].map(luminance).sort((one, other) => other - one);
    return (light + 0.05) / (dark + 0.05);
  };
  const ground = over(colour(getComputedStyle(document.body).backgroundColor), [255, 255, 255]);
  const stroke = (element, behind) => {
    const { stroke, strokeOpacity } = getComputedStyle(element);
    let opacity = parseFloat(strokeOpacity);
    for (let up = element; up; up = up.parentElement) opacity *= parseFloat(getComputedStyle(up).opacity);
    return contrast(stroke, behind, opacity);
  };
  // Every state a line can be in, put on for a moment and taken off again: not all are on the screen at once.
  const lines = {};
  const dressed = (element, names, line, behind) => {
    const own = element.getAttribute("class");
    for (const [called, classes] of Object.entries(names)) {
      element.setAttribute("class", classes);
      const found = stroke(line, behind());
      lines[called] = Math.min(lines[called] ?? Infinity, found);
    }
    element.setAttribute("class", own);
  };
  const progress = ["waiting", "next", "done", "now"];
  if (drawing) {
    for (const kind of ["value", "grad"]) {
      const arrow = drawing.querySelector(".arrow");
      const states = progress.map((state) => [`arrow ${kind} ${state}`, `arrow is-${kind} ${state}`]);
      dressed(arrow, Object.fromEntries(states), arrow, () => ground);
    }
    const node = drawing.querySelector(".node");
    const [group, box] = [node.closest(".group"), node.querySelector(".box")];
    const states = progress.map((state) => [`box ${state}`, `group ${state}`]);
    dressed(group, { ...Object.fromEntries(states), "box selected": "group done selected" }, box, () => ground);
    dressed(group, { "box saved": "group done is-saved" }, box, () => ground);
    dressed(node, { "box highlighted": "node highlighted" }, box, () => ground);
    const cell = drawing.querySelector(".cell");
    const surface = () => over(colour(getComputedStyle(box).fill), ground);
    const marks = ["uses-value", "uses-grad", "traced", "highlighted", "wrong-grad"];
    const names = Object.fromEntries(marks.map((mark) => [`cell ${mark}`, `cell ${mark}`]));
    dressed(cell, { "cell at rest": "cell", ...names }, cell.querySelector("rect"), surface);
  }

  // Whatever stays where it is while the page is scrolled, and is at an edge now: the height that is lost to it.
  const bars = [...document.querySelectorAll("body *")].filter((element) => {
    const { position } = getComputedStyle(element);
    const { top, bottom, height } = element.getBoundingClientRect();
    if (!["fixed", "sticky"].includes(position) || !height || !shown(element)) return false;
    return top <= 1 || bottom >= innerHeight - 1;
  });
  const [smallest, text] = texts()
    .map(([element, words]) => [size(element), words.slice(0, 24)])
    .reduce((one, other) => (other[0] < one[0] ? other : one));
  return {
    smallest,
    smallest_text: text,
    card_numbers: maths("mn"),
    card_formula: maths("mi, mo, mn"),
    values: sizes(".drawing .cell .value"),
    gradients: sizes(".drawing .cell .grad"),
    sentence: inSight(document.querySelector("#card h2")),
    row: Math.min(...["back", "next"].map((id) => inSight(document.getElementById(id)))),
    now: now ? inSight(now, picture) : null,
    stuck: bars.reduce((sum, bar) => sum + bar.getBoundingClientRect().height, 0) / innerHeight,
    sideways: document.documentElement.scrollWidth - innerWidth,
    lines,
  };
};
