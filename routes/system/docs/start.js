SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  presets: [SwaggerUIBundle.presets.apis],
  deepLinking: true,
  filter: true,
  defaultModelsExpandDepth: -1,
  // No host but this one is asked whether the document is valid.
  validatorUrl: null,
});
