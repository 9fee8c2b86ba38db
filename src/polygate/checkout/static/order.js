// The order beside what is to be done: the time left, counted down, and the details where there is room for them.
"use strict";

const clock = document.getElementById("time");
const deadline = Date.now() + Number(clock.dataset.leftMs);
const spoken = document.getElementById("time-spoken");
const MILESTONES = [10, 5, 1];
let lastMinute = Infinity;

const twoDigits = (value) => String(value).padStart(2, "0");

function told(hours, minutes, seconds) {
  if (hours >= Number(clock.dataset.inDaysFrom))
    return clock.dataset.days.replace("{days}", Math.floor(hours / 24)).replace("{hours}", hours % 24);
  if (hours) return clock.dataset.hours.replace("{hours}", hours).replace("{minutes}", twoDigits(minutes));
  return `${minutes}:${twoDigits(seconds)}`;
}

function tick() {
  const left = Math.max(0, Math.ceil((deadline - Date.now()) / 1000));
  clock.textContent = told(Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60);
  const minute = Math.ceil(left / 60);
  const reached = MILESTONES.find((milestone) => minute <= milestone && lastMinute > milestone);
  if (reached && lastMinute !== Infinity) spoken.textContent = spoken.dataset.milestone.replace("{minutes}", minute);
  lastMinute = minute;
  if (left === 0) setTimeout(lookAgain, 1000);
  else setTimeout(tick, 1000 - (Date.now() % 1000));
}

function lookAgain() {
  // What is being sent just now has its own answer on the way.
  if (document.querySelector("button[aria-disabled]")) setTimeout(lookAgain, 1000);
  else location.replace(location.pathname + location.search);
}

tick();
if (matchMedia("(min-width: 56rem)").matches) document.querySelector(".details").open = true;

// A list that scrolls has to be in reach of the keyboard, which not every browser sees to.
const items = document.getElementById("items");
if (items && items.scrollHeight > items.clientHeight) items.tabIndex = 0;
