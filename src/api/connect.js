// Tells the window that opened this one what came of it, and closes. Without a script, or without such a window, the
// page's own links do.
(() => {
  const page = document.querySelector("[data-outcome]");
  const opener = window.opener;
  if (page === null || opener === null || opener.closed) return;
  const { outcome, provider, integration, error, origin } = page.dataset;

  const tell = (type, reason) => {
    const message = { type, provider, integrationId: integration };
    if (reason) message.error = reason;
    opener.postMessage(message, origin);
  };

  for (const link of document.querySelectorAll("[data-back]")) {
    link.textContent = outcome === "pending" ? "Cancel" : "Close this window";
    link.addEventListener("click", (event) => {
      event.preventDefault();
      if (outcome === "pending") tell("evergrant:failed", "cancelled");
      window.close();
    });
  }

  if (outcome === "failed") tell("evergrant:failed", error);
  if (outcome === "connected") {
    tell("evergrant:connected");
    window.close();
  }
})();
