// Hear of news as it happens, or ask for it where that is not possible, and move on instead of loading the page over
// and over.
"use strict";

const place = document.getElementById("waiting");
const again = place.dataset.again || location.href;
let leaving = false;

function moveOn() {
  if (leaving) return;
  leaving = true;
  location.replace(again);
}

/** Whether the page still shows how things are. */
async function isCurrent() {
  const answer = await fetch(again, { method: "HEAD", redirect: "manual", cache: "no-store" });
  return answer.status >= 500 || answer.headers.get("Checkout-Phase") === place.dataset.phase;
}

async function ask() {
  try {
    if (!(await isCurrent())) return moveOn();
    return setTimeout(ask, 1500);
  } catch {
    return setTimeout(ask, 3000);
  }
}

function listen() {
  const source = new EventSource(place.dataset.events);
  // Some proxies collect a stream instead of handing it on.
  const unheard = setTimeout(ask, 5000);
  source.addEventListener("message", (event) => {
    clearTimeout(unheard);
    if (event.data === place.dataset.phase) return;
    source.close();
    moveOn();
  });
  // A stream that was cut off is opened again by the browser; one that was refused stays closed.
  source.addEventListener("error", () => {
    if (source.readyState !== EventSource.CLOSED) return;
    clearTimeout(unheard);
    ask();
  });
}

async function lookNow() {
  if (!document.hidden && !(await isCurrent().catch(() => true))) moveOn();
}

if (place.dataset.events) listen();
else setTimeout(ask, 1000);
// Back from the wallet's app or page: streams sleep while nobody looks.
document.addEventListener("visibilitychange", lookNow);
addEventListener("pageshow", (event) => {
  if (event.persisted) lookNow();
});
