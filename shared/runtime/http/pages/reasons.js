"use strict";
// Opens a reason in a panel over the page: the reader keeps the place and what was typed. The link leads to the reason's
// own page without this script, with a key held down, and when the reason cannot be read.
if (!location.pathname.includes("/vi-sao/")) {
  const panel = document.createElement("dialog");
  panel.className = "reason";
  let asked = 0;
  const make = (name, words) => Object.assign(document.createElement(name), { textContent: words });
  const open = async link => {
    const turn = ++asked, answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    const main = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (!answer.ok || !main) throw new Error(link.href);
    if (turn !== asked) return;  // another one was asked for meanwhile
    main.querySelector(".above")?.remove();
    const close = Object.assign(make("button", "Đóng"), { type: "button", onclick: () => panel.close() });
    const page = Object.assign(make("a", "Mở thành trang riêng"), { href: link.href });
    page.dataset.page = "";
    const title = main.querySelector("h1"), bar = make("div", ""), chain = make("div", "");
    bar.append(title, page, close);
    chain.append(...main.childNodes);
    panel.replaceChildren(bar, chain);
    panel.ariaLabel = title.textContent;
    if (!panel.isConnected) document.body.append(panel);
    if (!panel.open) panel.showModal();
    const at = decodeURIComponent(new URL(link.href).hash.slice(1));
    const goal = (at && panel.querySelector("#" + CSS.escape(at))) || title;
    goal.tabIndex = -1;
    goal.scrollIntoView();
    goal.focus();
  };
  document.addEventListener("click", event => {
    const link = event.target.closest('a[href*="/vi-sao/"]:not([data-page])');
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    open(link).catch(() => location.assign(link.href));
  });
}
