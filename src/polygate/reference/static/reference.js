// Conveniences: the pages say everything without them.
(() => {
  "use strict";

  // The language of the examples is remembered.
  const languages = document.querySelectorAll('input[name="language"]');
  const remember = (id) => { try { localStorage.setItem("language", id); } catch { /* Not allowed to. */ } };
  const remembered = () => { try { return localStorage.getItem("language"); } catch { return null; } };
  for (const each of languages) {
    if (each.id === remembered()) each.checked = true;
    each.addEventListener("change", () => remember(each.id));
  }

  for (const figure of document.querySelectorAll(".code figure")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(figure.querySelector("code").textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    if (navigator.clipboard) figure.append(button);
  }

  // What a link points into is opened.
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    let closed = target.closest("details:not([open])");
    while (closed) {
      closed.open = true;
      closed = target.closest("details:not([open])");
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // The contents show where the reader is.
  const entries = new Map([...document.querySelectorAll(".menu nav a")].map((link) => [link.hash.slice(1), link]));
  const menu = document.querySelector(".menu input");
  document.querySelector(".contents")?.addEventListener("click", () => { menu.checked = false; });
  const parts = [...document.querySelectorAll(".part")].filter((part) => entries.has(part.id));
  if (parts.length) {
    const mark = () => {
      const line = innerHeight / 3;
      const here = parts.findLast((part) => part.getBoundingClientRect().top < line) ?? parts[0];
      for (const [id, link] of entries) {
        if (id === here.id) {
          if (!link.hasAttribute("aria-current")) {
            link.setAttribute("aria-current", "true");
            const contents = link.closest(".contents");
            const away = link.offsetTop - contents.scrollTop;
            if (away < 40 || away > contents.clientHeight - 40) contents.scrollTop = link.offsetTop - contents.clientHeight / 2;
          }
        } else {
          link.removeAttribute("aria-current");
        }
      }
    };
    let waiting = false;
    addEventListener("scroll", () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => { waiting = false; mark(); });
    }, { passive: true });
    mark();
  }

  // Search over everything that has a name.
  const box = document.querySelector(".search");
  const input = document.getElementById("search");
  const found = document.getElementById("found");
  const named = [...document.querySelectorAll("[data-find]")].map((element) => ({
    id: element.id,
    name: element.dataset.find,
    where: element.matches("section") ? "" : place(element),
    text: `${element.dataset.find} ${element.querySelector(":scope > .about")?.textContent ?? ""}`.toLowerCase(),
  }));
  for (const row of document.querySelectorAll("table")) {
    const section = row.closest("[data-find]");
    for (const cells of row.querySelectorAll("tbody tr")) {
      named.push({
        id: section.id,
        name: cells.cells[0].textContent,
        where: `${section.dataset.find}: ${cells.cells[cells.cells.length - 1].textContent}`,
        text: cells.textContent.toLowerCase(),
      });
    }
  }
  if (!named.length) return;
  box.hidden = false;

  function place(element) {
    const inside = [];
    for (let up = element.parentElement.closest("[data-find]"); up; up = up.parentElement.closest("[data-find]")) {
      inside.unshift(up.matches("section") ? up.querySelector("h2").textContent.trim() : up.dataset.find);
    }
    if (element.id.split(".")[0].endsWith("-answer")) inside.splice(1, 0, "answer");
    return inside.join(" / ");
  }

  let chosen = -1;
  const options = () => [...found.querySelectorAll("li[role=option]")];

  const choose = (index) => {
    chosen = index;
    options().forEach((option, at) => {
      option.setAttribute("aria-selected", String(at === index));
      if (at === index) option.scrollIntoView({ block: "nearest" });
    });
    if (index >= 0) input.setAttribute("aria-activedescendant", `found-${index}`);
    else input.removeAttribute("aria-activedescendant");
  };

  const close = () => {
    found.hidden = true;
    input.setAttribute("aria-expanded", "false");
    choose(-1);
  };

  input.addEventListener("input", () => {
    const wanted = input.value.trim().toLowerCase();
    if (!wanted) return close();
    const rank = (each) => (each.name.toLowerCase().startsWith(wanted) ? 0 : each.name.toLowerCase().includes(wanted) ? 1 : 2);
    const hits = named.filter((each) => each.text.includes(wanted)).sort((a, b) => rank(a) - rank(b)).slice(0, 30);
    found.replaceChildren(...hits.map((hit, index) => {
      const option = document.createElement("li");
      option.setAttribute("role", "option");
      option.id = `found-${index}`;
      const link = document.createElement("a");
      link.href = `#${hit.id}`;
      link.tabIndex = -1;
      link.textContent = hit.name;
      if (hit.where) {
        const where = document.createElement("span");
        where.textContent = hit.where;
        link.append(where);
      }
      link.addEventListener("click", close);
      option.append(link);
      return option;
    }));
    if (!hits.length) {
      const none = document.createElement("li");
      none.className = "none";
      none.textContent = "Nothing found";
      found.append(none);
    }
    found.hidden = false;
    input.setAttribute("aria-expanded", "true");
    choose(hits.length ? 0 : -1);
  });

  input.addEventListener("keydown", (event) => {
    const all = options();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (all.length) choose((chosen + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length);
    } else if (event.key === "Enter" && chosen >= 0) {
      all[chosen].querySelector("a").click();
      input.blur();
    } else if (event.key === "Escape") {
      close();
      input.blur();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(input|textarea)$/i.test(document.activeElement?.tagName ?? "")) {
      event.preventDefault();
      input.focus();
    }
  });
  document.addEventListener("click", (event) => { if (!box.contains(event.target)) close(); });
})();
