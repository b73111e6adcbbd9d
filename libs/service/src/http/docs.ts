import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Router } from 'express';

const page = (title: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body><div id="ui"></div>
<script src="docs/swagger-ui-bundle.js"></script><script src="docs/start.js"></script>
</body></html>
`;

const startScript = `SwaggerUIBundle({ url: new URL('openapi.json', location.href).href, dom_id: '#ui', deepLinking: true });\n`;

/**
 * `/openapi.json` and a page to read and try it. All links are relative, so that
 * the page also works below a prefix that the edge or the ALB strips.
 */
export function docsRoutes(document: { info: { title: string } }): Router {
  const assets = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const router = Router({ strict: true });
  router.get('/openapi.json', (_req, res) => {
    res.json(document);
  });
  router.get('/docs', (_req, res) => {
    res.type('html').send(page(document.info.title));
  });
  router.get('/docs/', (_req, res) => res.redirect('../docs'));
  router.get('/docs/start.js', (_req, res) => {
    res.type('js').send(startScript);
  });
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) {
    router.get(`/docs/${file}`, (_req, res) => res.sendFile(join(assets, file), { maxAge: '1h' }));
  }
  return router;
}
