// Keys: j and k move in a list, a letter presses the button that shows it, / goes to the search. Never while typing,
// never with a modifier, and the reader can switch them off.
(() => {
  const stored = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };

  const typing = (target) =>
    target instanceof Element &&
    target.closest("textarea, select, [contenteditable], input:not([type=checkbox]):not([type=radio])") !== null;

  const move = (step) => {
    const links = [...document.querySelectorAll("[data-keys-list] a")];
    if (links.length === 0) return false;
    const focused = links.indexOf(document.activeElement);
    const current = focused >= 0 ? focused : links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[Math.min(links.length - 1, Math.max(0, current + step))];
    if (next !== links[current]) {
      next.focus();
      next.click();
    }
    return true;
  };

  const press = (key) => {
    if (key === "/") {
      const search = document.querySelector("[data-search]");
      if (search && search.offsetParent !== null) search.focus();
      return search !== null;
    }
    if (key === "j" || key === "k") return move(key === "j" ? 1 : -1);
    const button = /^[a-z]$/.test(key) && document.querySelector(`[data-key="${key}"]:not([disabled])`);
    if (button) button.click();
    return Boolean(button);
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return closeMenus(event);
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (typing(event.target) || stored("shortcuts") === "off") return;
    if (press(event.key.toLowerCase())) event.preventDefault();
  });

  const closeMenus = (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      if (menu.contains(event.target)) menu.querySelector("summary").focus();
    }
  };

  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const shortcuts = event.target.closest?.("[data-shortcuts]");
    if (shortcuts) {
      const off = stored("shortcuts") !== "off";
      localStorage.setItem("shortcuts", off ? "off" : "on");
      shortcuts.setAttribute("aria-pressed", String(!off));
    }
  });

  for (const button of document.querySelectorAll("[data-shortcuts]")) {
    button.setAttribute("aria-pressed", String(stored("shortcuts") !== "off"));
  }
})();
