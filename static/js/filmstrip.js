// A slide as a PNG: the browser draws the SVG of the link beside on a canvas with twice as many pixels each way, and
// saves that.

const SCALE = 2;

document.addEventListener("click", async ({ target }) => {
  const { slide, file } = target.dataset;
  if (!slide) return;
  try {
    save(await png(document.getElementById(slide).href), file);
    tell(`${file} is saved.`);
  } catch {
    tell("The PNG could not be made. Take the SVG, or try again.");
  }
});

async function png(address) {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const canvas = document.createElement("canvas");
  canvas.width = picture.naturalWidth * SCALE;
  canvas.height = picture.naturalHeight * SCALE;
  const context = canvas.getContext("2d");
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject()), "image/png"));
}

function save(blob, file) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function tell(sentence) {
  document.getElementById("told").textContent = sentence;
}
