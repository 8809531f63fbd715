// A drag of a number to the right, 60 events a second and 3 pixels each: Playwright waits for a frame after each event,
// which is too slow. Tells each value that the cell showed, and how many milliseconds after the first event that asked
// for it a frame with it was painted.
async ({ key, events }) => {
  const cell = () => document.querySelector(`#drawing-wide [data-cell="${key}"]`);
  const read = () => Number(cell().querySelector(".value").textContent.replace("−", "-"));
  const { x, y, width, height } = cell().getBoundingClientRect();
  const middle = [x + width / 2, y + height / 2];
  const fire = (type, moved) => {
    const [clientX, clientY] = [middle[0] + moved, middle[1]];
    const target = moved ? document.elementFromPoint(clientX, clientY) : cell();
    target.dispatchEvent(new PointerEvent(type, { bubbles: true, cancelable: true, isPrimary: true, pointerId: 1,
                                                  button: 0, buttons: 1, clientX, clientY }));
  };
  // The task after a frame's requestAnimationFrame runs when that frame has been painted.
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(0);
  }));
  const began = read();
  const asked = new Map();
  const shown = [];
  document.addEventListener("htmx:after:swap", async () => {
    const value = read();
    const entry = [value, null];
    shown.push(entry);
    await painted();
    entry[1] = performance.now() - asked.get(value.toFixed(2));
  });
  fire("pointerdown", 0);
  const start = performance.now();
  for (let event = 1; event <= events; event += 1) {
    const value = (began + 0.05 * Math.round(event / 2)).toFixed(2);
    if (!asked.has(value)) asked.set(value, performance.now());
    fire("pointermove", 3 * event);
    const due = start + (event * 1000) / 60;
    do await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    while (performance.now() < due);
  }
  const took = performance.now() - start;
  fire("pointerup", 3 * events);
  await window.settled();
  await painted();
  return { shown, took };
}
