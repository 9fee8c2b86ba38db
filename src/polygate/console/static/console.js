// What scripts add: buttons that copy, forms that are sent once, and filters that apply when they change.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const said = document.createElement("span");
    said.className = "said";
    said.role = "status";
    said.textContent = button.dataset.done;
    button.append(said);
    setTimeout(() => said.remove(), 1600);
  });
}

for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    form.querySelector("button:not([type=button])")?.setAttribute("aria-disabled", "true");
  });
}

// A form that came back: on to the first field to be mended.
document.querySelector("[aria-invalid=true]")?.focus();

// Back from the page that a form led to: it may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-disabled]")?.removeAttribute("aria-disabled");
  }
});

for (const select of document.querySelectorAll("form.filters select")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// One question at a time.
for (const panel of document.querySelectorAll("details.confirm")) {
  panel.addEventListener("toggle", () => {
    if (!panel.open) return;
    for (const other of document.querySelectorAll("details.confirm[open]")) if (other !== panel) other.open = false;
  });
}
