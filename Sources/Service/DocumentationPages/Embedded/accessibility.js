// Adds what Swagger UI, Redoc and the documentation site lack for readers who use a keyboard or a screen reader: names of fields, and a focus
// for boxes that scroll.
"use strict";

const scrollingBoxes = "pre, pre > code, table, .renderedMarkdown, .md-typeset__scrollwrap, p:has(> img)";
const fields = ".swagger-ui :is(input, select, textarea):not([aria-label])";

const nameOf = field => {
  const parameter = field.closest("[data-param-name]")?.dataset.paramName;
  if (field.matches(".examples-select-element")) return parameter ? `Example of ${parameter}` : "Example";
  return parameter || field.placeholder || "Request body";
};

const complete = () => {
  for (const field of document.querySelectorAll(fields)) {
    if ([...field.labels].every(label => !label.textContent.trim())) field.setAttribute("aria-label", nameOf(field));
  }
  for (const button of document.querySelectorAll("button.close-modal:not([aria-label])")) button.setAttribute("aria-label", "Close");
  for (const box of document.querySelectorAll(scrollingBoxes)) {
    const isLarger = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (isLarger && getComputedStyle(box).overflowX !== "visible" && box.tabIndex < 0) box.tabIndex = 0;
  }
};

// Redoc's menu on a phone opens with a box that only a pointer can reach.
const completeMenu = () => {
  const button = document.querySelector("#page .menu-content + div:not([role])");
  if (!button) return;
  button.setAttribute("role", "button");
  button.setAttribute("aria-label", "Menu");
  button.tabIndex = 0;
  button.addEventListener("keydown", event => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    button.click();
  });
};

let isWaiting = false;
const completeSoon = () => {
  if (isWaiting) return;
  isWaiting = true;
  requestAnimationFrame(() => {
    isWaiting = false;
    complete();
    completeMenu();
  });
};
// The theme of the site takes the focus away from boxes on devices without a mouse, which can have a keyboard all the same.
new MutationObserver(completeSoon).observe(document.body, { childList: true, subtree: true, attributeFilter: ["tabindex"] });
addEventListener("resize", completeSoon);
// An element that opens may only change its style.
addEventListener("click", completeSoon);
completeSoon();
