// The page's own furniture: colours, toasts, passwords shown, texts copied, the running clock.
(() => {
  // Colours.
  const root = document.documentElement;
  const themes = [...document.querySelectorAll("[data-theme-set]")];
  const mark = () => {
    const now = root.dataset.theme ?? "auto";
    for (const button of themes) button.setAttribute("aria-pressed", String(button.dataset.themeSet === now));
  };
  mark();
  for (const button of themes) {
    button.addEventListener("click", () => {
      const chosen = button.dataset.themeSet;
      if (chosen === "auto") delete root.dataset.theme;
      else root.dataset.theme = chosen;
      try {
        localStorage.setItem("theme", chosen);
      } catch {
        // Without storage the choice holds for this page.
      }
      mark();
    });
  }

  // On narrow screens the menu is a strip: show the entry of this page.
  const menu = document.getElementById("menu");
  const entry = menu?.querySelector("[aria-current]");
  if (entry && menu.scrollWidth > menu.clientWidth) menu.scrollLeft = entry.offsetLeft - menu.offsetLeft - 16;

  // Toasts leave after eight seconds, not while the pointer or the focus is on them.
  const expire = (toast) => {
    let left = 8;
    const timer = setInterval(() => {
      if (toast.matches(":hover, :focus-within")) return;
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      toast.remove();
    }, 1000);
  };

  const region = document.getElementById("toasts");
  // A live region announces what is added to it: what came with the page is added again.
  for (const toast of region?.querySelectorAll("[data-toast]") ?? []) {
    toast.remove();
    setTimeout(() => region.append(toast), 50);
    expire(toast);
  }

  globalThis.Archipel.toast = (text) => {
    const toast = document.createElement("div");
    const words = document.createElement("span");
    toast.className = "toast";
    toast.dataset.toast = "";
    words.textContent = text;
    toast.append(words);
    region?.append(toast);
    expire(toast);
  };

  document.addEventListener("click", async (event) => {
    const reveal = event.target.closest?.("[data-reveal]");
    const field = reveal && document.getElementById(reveal.dataset.reveal);
    if (field) {
      field.type = field.type === "password" ? "text" : "password";
      reveal.setAttribute("aria-pressed", String(field.type === "text"));
      field.focus();
    }
    if (event.target.closest?.("[data-print]")) print();
    const copy = event.target.closest?.("[data-copy]");
    if (copy) {
      await navigator.clipboard.writeText(copy.dataset.copy);
      Archipel.toast(copy.dataset.copied ?? copy.textContent);
    }
  });

  // A clock runs on from the time that the server gave.
  for (const clock of document.querySelectorAll("[data-clock]")) {
    const [start, began] = [Number(clock.dataset.clock), performance.now()];
    const two = (n) => String(n).padStart(2, "0");
    setInterval(() => {
      const seconds = Math.floor((start + performance.now() - began) / 1000) % 86400;
      clock.querySelector("span").textContent = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
      clock.querySelector("small").textContent = `:${two(seconds % 60)}`;
    }, 1000);
  }
})();
