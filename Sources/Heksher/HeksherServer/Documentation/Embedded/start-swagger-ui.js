// Starts Swagger UI, in the colours that the reader's system asks for.
"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const colour = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
colour();
dark.addEventListener("change", colour);

// A static site brings the document along, and has no service to try anything on, nor a server to choose.
const page = document.getElementById("page");
document.documentElement.classList.toggle("static", Boolean(window.openapi));
const source = window.openapi
  ? { spec: window.openapi, supportedSubmitMethods: [] }
  : { url: page.dataset.document };

SwaggerUIBundle({
  ...source,
  domNode: page,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  validatorUrl: null,
});
