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

// The tab that is open is to be seen, however many there are.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

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

// One question at a time, which the Escape key takes back.
for (const panel of document.querySelectorAll("details.confirm")) {
  panel.addEventListener("toggle", () => {
    if (!panel.open) return;
    for (const other of document.querySelectorAll("details.confirm[open]")) if (other !== panel) other.open = false;
  });
}

addEventListener("keydown", (event) => {
  const asked = event.key === "Escape" && document.querySelector("details.confirm[open]");
  if (!asked) return;
  asked.open = false;
  asked.querySelector("summary").focus();
});

// A long file: how far it is, and a way to stop. Without scripts the browser's own list of downloads tells.
for (const link of document.querySelectorAll("a[data-export]")) {
  const said = document.querySelector(".exported");
  const stop = document.querySelector("[data-stop]");
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    if (link.ariaDisabled) return;
    const stopper = new AbortController();
    const stopped = () => stopper.abort();
    stop.addEventListener("click", stopped, { once: true });
    link.ariaDisabled = "true";
    said.hidden = stop.hidden = false;
    let rows = -1; // The first line has the headings.
    let size = 0;
    const told = (text) => { said.textContent = text.replace("{rows}", Math.max(rows, 0).toLocaleString()).replace("{size}", (size / 1e6).toFixed(1)); };
    try {
      const answer = await fetch(link.href, { signal: stopper.signal });
      if (!answer.ok) throw new Error(answer.status);
      const parts = [];
      const reader = answer.body.getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parts.push(part.value);
        size += part.value.length;
        for (const byte of part.value) if (byte === 10) rows += 1;
        told(link.dataset.working);
      }
      const file = URL.createObjectURL(new Blob(parts, { type: "text/csv" }));
      const save = document.createElement("a");
      save.href = file;
      save.download = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition"))?.[1] ?? "export.csv";
      save.click();
      setTimeout(() => URL.revokeObjectURL(file), 60_000);
      told(link.dataset.finished);
    } catch {
      told(stopper.signal.aborted ? link.dataset.working : link.dataset.failed);
    } finally {
      stop.removeEventListener("click", stopped);
      stop.hidden = true;
      link.ariaDisabled = null;
    }
  });
}
