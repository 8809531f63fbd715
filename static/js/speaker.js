// The speaker's view: of a long list of places, the present one is in sight. Its keys are those of the stage.

function inSight() {
  const list = document.querySelector("#timeline ol");
  const here = list?.querySelector(".now");
  if (here && list.scrollHeight > list.clientHeight) list.scrollTop = here.offsetTop - list.clientHeight / 3;
}

document.addEventListener("htmx:after:swap", inSight);
inSight();
