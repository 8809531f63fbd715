// The stops of a lecture from a text file: they are put into the field, where one can look them over before they are sent.

document.addEventListener("change", async ({ target }) => {
  const [file] = (target.id === "file" && target.files) || [];
  if (!file) return;
  const { most } = target.dataset;
  if (file.size > most) return tell(`A lecture may have ${most} bytes, and ${file.name} has ${file.size}.`);
  try {
    document.getElementById("stops").value = await file.text();
    tell(`${file.name} is in the field above.`);
  } catch {
    tell(`${file.name} could not be read.`);
  }
});

function tell(sentence) {
  document.getElementById("told").textContent = sentence;
}
