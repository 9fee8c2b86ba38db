// Ask quietly whether there is news and move on when there is, instead of loading the whole page again and again.
"use strict";

const again = document.getElementById("waiting").dataset.again || location.href;

async function look() {
  try {
    const answer = await fetch(again, { method: "HEAD", redirect: "manual", cache: "no-store" });
    if (answer.status >= 500 || answer.headers.get("Checkout-Phase") === "waiting") return setTimeout(look, 1500);
  } catch {
    return setTimeout(look, 3000);
  }
  return location.replace(again);
}

setTimeout(look, 1000);
