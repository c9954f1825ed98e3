// Keeps the first page true: its address is the reader's, and it changes with the health of the service.
"use strict";

const SECONDS_BETWEEN_CHECKS = 10;

for (const place of document.querySelectorAll("[data-address]")) place.textContent = new URL(".", location.href).href.replace(/\/$/, "");

const health = document.querySelector("[data-status]");
const check = async () => {
  try {
    const { status } = await fetch("api/health", { cache: "no-store" });
    // The service writes the page for each state.
    if (String(status) !== health.dataset.status) location.reload();
  } catch {
    health.textContent = "The service does not respond";
    health.classList.add("bad");
    health.dataset.status = "none";
  }
};
if (health) setInterval(check, SECONDS_BETWEEN_CHECKS * 1000);
