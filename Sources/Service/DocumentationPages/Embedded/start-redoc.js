// Starts Redoc, in the colours that the reader's system asks for.
"use strict";

const sans = "system-ui, sans-serif";
const mono = "ui-monospace, monospace";
const typography = { fontFamily: sans, headings: { fontFamily: sans, fontWeight: "600" }, code: { fontFamily: mono } };

const spacing = { sectionVertical: 16 };

const light = { typography, spacing };

const dark = {
  spacing,
  colors: {
    primary: { main: "#8ab4f8" },
    success: { main: "#6fcf7f" },
    warning: { main: "#f0b95a" },
    error: { main: "#ff8a80" },
    gray: { 50: "#1c2127", 100: "#252b33" },
    text: { primary: "#e3e6ea", secondary: "#b4bcc6" },
    border: { dark: "#3b434d", light: "#2b323a" },
    responses: {
      success: { color: "#6fcf7f", backgroundColor: "#16261b", tabTextColor: "#6fcf7f" },
      error: { color: "#ff8a80", backgroundColor: "#2c1a1b", tabTextColor: "#ff8a80" },
      redirect: { color: "#f0b95a", backgroundColor: "#2a2217", tabTextColor: "#f0b95a" },
      info: { color: "#7cc5e8", backgroundColor: "#16232b", tabTextColor: "#7cc5e8" },
    },
  },
  schema: { linesColor: "#4a5562", typeNameColor: "#b4bcc6", nestedBackground: "#1c2127" },
  typography: {
    ...typography,
    code: { ...typography.code, color: "#f6a6a0", backgroundColor: "#262c34" },
    links: { color: "#8ab4f8", visited: "#8ab4f8", hover: "#b7d1ff" },
  },
  sidebar: { backgroundColor: "#191d22", textColor: "#d5dae0" },
  rightPanel: { backgroundColor: "#1c2127", servers: { overlay: { backgroundColor: "#252b33", textColor: "#e3e6ea" }, url: { backgroundColor: "#191d22" } } },
  codeBlock: { backgroundColor: "#101316" },
  fab: { backgroundColor: "#252b33", color: "#8ab4f8" },
};

const page = document.getElementById("page");
const scheme = matchMedia("(prefers-color-scheme: dark)");
// Redoc reads its theme once.
scheme.addEventListener("change", () => location.reload());

Redoc.init(
  window.openapi ?? page.dataset.document,
  {
    // The document is in the bar above.
    hideDownloadButtons: true,
    // A static site is not where the operations are.
    hideHostname: Boolean(window.openapi),
    theme: scheme.matches ? dark : light,
  },
  page,
);
