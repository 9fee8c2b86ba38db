// Back to the shop when the time to read is over, unless the payer wants to stay.
"use strict";

const soon = document.getElementById("soon");
const stay = document.getElementById("stay");
const leaveAt = Date.now() + Number(soon.dataset.seconds) * 1000;

const ticking = setInterval(() => {
  const left = Math.max(0, Math.ceil((leaveAt - Date.now()) / 1000));
  soon.textContent = soon.dataset.soon.replace("{seconds}", left);
  if (left) return;
  clearInterval(ticking);
  location.assign(document.getElementById("back").href);
}, 250);

stay.hidden = false;
stay.addEventListener("click", () => {
  clearInterval(ticking);
  soon.remove();
  stay.remove();
  document.getElementById("back").focus();
});
