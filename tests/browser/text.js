// What is written in the picture of the stage: how high its numbers are, as parts of the height of the screen, how far
// it reaches beyond the picture, and where it stands in units of the stage, which no screen of one shape changes.
() => {
  const picture = document.getElementById("picture");
  const room = picture.getBoundingClientRect();
  const unit = innerHeight / 720;
  const walker = document.createTreeWalker(picture, NodeFilter.SHOW_TEXT);
  let beyond = 0;
  const lines = new Set();
  while (walker.nextNode()) {
    if (!walker.currentNode.data.trim() || !walker.currentNode.parentElement.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    for (const { left, top, right, bottom } of range.getClientRects()) {
      beyond = Math.max(beyond, room.left - left, right - room.right, room.top - top, bottom - room.bottom);
    }
  }
  for (const paragraph of picture.querySelectorAll(".question, .says")) {
    lines.add(Math.round(paragraph.getBoundingClientRect().height / parseFloat(getComputedStyle(paragraph).lineHeight)));
  }
  const small = "msub *, msup *, msubsup *, mfrac *, svg *";
  const numbers = [...picture.querySelectorAll(".number, :is(.is-value, .is-grad) mn, mn:is(.is-value, .is-grad)")]
    .filter((one) => one.checkVisibility() && !one.matches(small))
    .map((one) => parseFloat(getComputedStyle(one).fontSize) / innerHeight);
  return { least: Math.min(1, ...numbers), beyond: beyond / unit, lines: [...lines].join() };
}
