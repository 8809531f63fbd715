// The colours that were chosen on the stage, before anything of a page is painted; see screen.js. It is no module, since
// those wait until all of a page is read.
try {
  const theme = localStorage.getItem("stage.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // where a browser stores nothing, each page begins as the reader's system has it
}
