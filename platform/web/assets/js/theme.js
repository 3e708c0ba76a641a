// Runs before the first paint, so that a page never flashes in the wrong colours. Small, because the page waits for it.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else if (theme === "auto") delete root.dataset.theme;
  } catch {
    // Storage can be forbidden: the page then follows the system.
  }
})();
