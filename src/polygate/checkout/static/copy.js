// Put the code on the clipboard. Without scripts, or where that is not allowed, it is selected by hand.
"use strict";

const text = document.getElementById("code");
const button = document.getElementById("copy");
const says = button.querySelector(".says");
const asks = says.textContent;

async function copy() {
  text.select();
  try {
    await navigator.clipboard.writeText(text.value);
  } catch {
    document.execCommand("copy");
  }
  says.textContent = button.dataset.done;
  setTimeout(() => {
    says.textContent = asks;
  }, 3000);
}

button.hidden = false;
button.addEventListener("click", copy);
text.addEventListener("focus", () => text.select());
