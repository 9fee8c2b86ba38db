// The card form: everything here is a convenience. The server checks all of it again, and without scripts it works too.
"use strict";

const form = document.getElementById("card");
const number = document.getElementById("number");
const expiry = document.getElementById("expiry");
const code = document.getElementById("code");
const holder = document.getElementById("name");
const pay = document.getElementById("pay");
const ranges = JSON.parse(form.dataset.brandRanges);
const payWords = pay.querySelector(".says").textContent;

const digitsIn = (text) => text.normalize("NFKC").replace(/\D/g, "");

// --- Brands -----------------------------------------------------------------------------------------------------

/** The range [first, last, brand, code digits] that all numbers starting like this are in. */
function rangeOf(digits) {
  const first = digits.slice(0, 4).padEnd(4, "0");
  const last = digits.slice(0, 4).padEnd(4, "9");
  return digits ? ranges.find(([from, to]) => from <= first && last <= to) : undefined;
}

const brandOf = (digits) => rangeOf(digits)?.[2] ?? "";
const codeDigits = (digits) => rangeOf(digits)?.[3] ?? 3;

function showBrand() {
  const digits = digitsIn(number.value);
  const brand = brandOf(digits);
  const mark = document.getElementById("mark");
  if ((mark.dataset.brand ?? "") !== brand) {
    mark.dataset.brand = brand;
    mark.replaceChildren();
    for (const image of document.querySelectorAll(".brands img")) {
      image.classList.toggle("match", image.dataset.brand === brand);
      if (image.dataset.brand === brand) mark.append(image.cloneNode());
    }
    document.querySelector(".brands").classList.toggle("known", brand !== "");
  }
  const atFront = codeDigits(digits) === 4;
  document.getElementById("code-hint").textContent = atFront ? form.dataset.codeFront : form.dataset.codeBack;
  code.maxLength = codeDigits(digits);
  code.placeholder = "1234".slice(0, codeDigits(digits));
}

// --- Writing numbers as they stand on the card ------------------------------------------------------------------------

function grouped(digits) {
  const sizes = brandOf(digits) === "AMEX" ? [4, 6, 5] : [4, 4, 4, 4, 3];
  const groups = [];
  let at = 0;
  for (const size of sizes) {
    if (at < digits.length) groups.push(digits.slice(at, at + size));
    at += size;
  }
  return groups.join(" ");
}

function dated(typed, deleting) {
  let digits = digitsIn(typed);
  if (/^[2-9]/.test(digits) || /^\d\s*[/.-]/.test(typed.trim())) digits = "0" + digits;
  // Browsers that fill the form in may write the year with four digits.
  if (digits.length === 6 && digits.slice(2, 4) === "20") digits = digits.slice(0, 2) + digits.slice(4);
  const [month, year] = [digits.slice(0, 2), digits.slice(2, 4)];
  return month.length === 2 && (year || !deleting) ? `${month} / ${year}` : month;
}

/** Replace what is in a field and leave the caret behind the digit it was behind. */
function rewrite(input, text) {
  const before = digitsIn(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
  const atEnd = input.selectionStart === input.value.length;
  if (input.value === text) return;
  input.value = text;
  if (document.activeElement !== input) return;
  let at = text.length;
  if (!atEnd) {
    at = 0;
    for (let seen = 0; seen < before && at < text.length; at += 1) if (/\d/.test(text[at])) seen += 1;
  }
  input.setSelectionRange(at, at);
}

number.addEventListener("input", (event) => {
  if (event.isComposing) return;
  rewrite(number, grouped(digitsIn(number.value).slice(0, 19)));
  showBrand();
});
expiry.addEventListener("input", (event) => {
  if (event.isComposing) return;
  rewrite(expiry, dated(expiry.value, (event.inputType ?? "").startsWith("delete")));
});
code.addEventListener("input", (event) => {
  if (!event.isComposing) rewrite(code, digitsIn(code.value).slice(0, 4));
});

// --- Checking before sending, so that a slip does not cost the payer everything typed ---------------------------------

function passesLuhn(digits) {
  let total = 0;
  [...digits].reverse().forEach((digit, place) => {
    const value = Number(digit) * (1 + (place % 2));
    total += value > 9 ? value - 9 : value;
  });
  return total % 10 === 0;
}

function aboutNumber() {
  const digits = digitsIn(number.value);
  if (!digits) return form.dataset.numberMissing;
  const complete = digits.length >= 13 && digits.length <= 19;
  // UnionPay numbers are issued without a check digit, and some test cards have a wrong one.
  const unchecked = brandOf(digits) === "UNIONPAY" || "anyDigits" in form.dataset;
  return complete && (unchecked || passesLuhn(digits)) ? "" : form.dataset.numberWrong;
}

function aboutExpiry() {
  const typed = expiry.value.normalize("NFKC").trim();
  if (!typed) return form.dataset.expiryMissing;
  const parts = /^(\d{1,2})\s*[/. -]?\s*(?:20)?(\d{2})$/.exec(typed);
  if (!parts || Number(parts[1]) < 1 || Number(parts[1]) > 12) return form.dataset.expiryWrong;
  // The server judges by its own clock; here it is only told what is past in every time zone.
  const end = Date.UTC(2000 + Number(parts[2]), Number(parts[1]), 1) + 12 * 3_600_000;
  return Date.now() < end ? "" : form.dataset.expiryPast;
}

function aboutCode() {
  const typed = code.value.normalize("NFKC").trim();
  if (!typed) return form.dataset.codeMissing;
  const wanted = codeDigits(digitsIn(number.value));
  const fits = /^\d+$/.test(typed) && typed.length === wanted;
  return fits ? "" : form.dataset.codeWrong.replace("{digits}", wanted);
}

const aboutName = () => {
  const typed = holder.value.trim();
  if (!typed) return form.dataset.nameMissing;
  return digitsIn(typed).length > 5 ? form.dataset.nameWrong : "";
};

const CHECKS = [[number, aboutNumber], [expiry, aboutExpiry], [code, aboutCode], [holder, aboutName]];

function say(input, problem) {
  document.getElementById(`${input.id}-problem`).textContent = problem;
  if (problem) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

for (const [input, about] of CHECKS) {
  // What is wrong is said on leaving a field, and taken back while it is being mended.
  input.addEventListener("change", () => { if (input.value) say(input, about()); });
  input.addEventListener("input", () => { if (input.hasAttribute("aria-invalid") && !about()) say(input, ""); });
}

let sent = false;
form.addEventListener("submit", (event) => {
  if (sent) return event.preventDefault();
  const wrong = CHECKS.filter(([input, about]) => { const problem = about(); say(input, problem); return problem; });
  if (wrong.length) {
    event.preventDefault();
    document.getElementById("problems")?.remove();
    wrong[0][0].focus();
    return undefined;
  }
  sent = true;
  pay.setAttribute("aria-disabled", "true");
  pay.querySelector(".says").textContent = form.dataset.busy;
  return undefined;
});

// Back from the browser's memory of the page: the form is ready again.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  sent = false;
  pay.removeAttribute("aria-disabled");
  pay.querySelector(".says").textContent = payWords;
});

showBrand();
