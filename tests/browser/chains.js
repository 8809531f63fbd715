// What is wrong with the drawing that is seen: texts smaller than can be read, and texts and boxes that meet.
() => {
  const drawing = [...document.querySelectorAll(".drawing")].find((one) => one.checkVisibility());
  const scale = drawing.getBoundingClientRect().width / drawing.viewBox.baseVal.width;
  const place = (element) => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return { left, top, right, bottom };
  };
  // Lines of text are higher than their letters.
  const meet = (a, b) =>
    Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1.5 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5.5;
  const of = (element) => ({ element, at: place(element), group: element.closest(".group"), cell: element.closest(".cell") });
  const name = ({ element }) => `${element.closest(".group")?.querySelector(".node").id ?? "arrow"} ${element.textContent.trim()}`;
  const texts = [...drawing.querySelectorAll("text")].map(of);
  const boxes = [...drawing.querySelectorAll(".box")].map(of);
  const whole = place(drawing);
  const found = [];
  for (const [i, text] of texts.entries()) {
    const size = parseFloat(getComputedStyle(text.element).fontSize) * scale;
    if (size < 12.95) found.push(`${name(text)} is ${size.toFixed(1)} px`);
    if (text.at.left < whole.left - 4 || text.at.right > whole.right + 4) found.push(`${name(text)} leaves the drawing`);
    for (const other of texts.slice(i + 1)) {
      if (!(text.cell && text.cell === other.cell) && meet(text.at, other.at)) found.push(`${name(text)} meets ${name(other)}`);
    }
    for (const box of boxes) if (text.group !== box.group && meet(text.at, box.at)) found.push(`${name(text)} meets a box`);
  }
  for (const [i, box] of boxes.entries()) {
    for (const other of boxes.slice(i + 1)) if (meet(box.at, other.at)) found.push(`${name(box)} meets ${name(other)}`);
  }
  return found;
}
