// A wallet once chosen is asked once, and the button says that it is under way.
"use strict";

for (const wallet of document.querySelectorAll("form.wallet")) {
  const button = wallet.querySelector("button");
  const says = button.querySelector(".says");
  const ready = says.textContent;

  wallet.addEventListener("submit", (event) => {
    if (button.hasAttribute("aria-disabled")) return event.preventDefault();
    button.setAttribute("aria-disabled", "true");
    says.textContent = wallet.dataset.busy;
    return undefined;
  });

  // Back from the browser's memory of the page: it can be chosen again.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    button.removeAttribute("aria-disabled");
    says.textContent = ready;
  });
}
