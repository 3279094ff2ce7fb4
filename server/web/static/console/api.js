/* Starts Swagger UI on our own description of the API; nothing is loaded from elsewhere. */
"use strict";
window.addEventListener("load", () => {
  window.SwaggerUIBundle({ url: "/api/openapi.json", dom_id: "#api", deepLinking: true, docExpansion: "list", defaultModelsExpandDepth: 0, tryItOutEnabled: false, validatorUrl: null });
});
