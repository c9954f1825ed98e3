// Starts Swagger UI, in the colours that the reader's system asks for.
"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const colour = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
colour();
dark.addEventListener("change", colour);

// The operations come before the text of the document, of which only the first paragraph stays at the top.
const operationsFirst = ({ React }) => {
  const h = React.createElement;
  const parts = system => {
    const [first, ...others] = (system.specSelectors.info().get("description") ?? "").split("\n\n");
    return { first, others: others.join("\n\n") };
  };
  return {
    statePlugins: {
      spec: {
        wrapSelectors: {
          selectInfoDescriptionField: (original, system) => () =>
            `${parts(system).first}\n\nBelow the operations: [concepts, requests, responses and limits](#guide).`,
        },
      },
    },
    wrapComponents: {
      Models: (Models, system) => properties => {
        const Markdown = system.getComponent("Markdown", true);
        return h(React.Fragment, null,
          h(Models, properties),
          h("section", { id: "guide", className: "guide" }, h(Markdown, { source: parts(system).others })));
      },
      // The link of an operation is inside its button, where no other control may be.
      DeepLink: DeepLink => properties =>
        properties.path?.includes("/") ? h("span", null, properties.text) : h(DeepLink, properties),
    },
  };
};

// A static site brings the document along, and has no service to try anything on.
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
  plugins: [operationsFirst],
  validatorUrl: null,
});
