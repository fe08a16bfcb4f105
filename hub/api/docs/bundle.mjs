// node bundle.mjs PACKAGES OUT: gathers what the pages load; nothing of it may ask for anything outside.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [packages, out] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
mkdirSync(out, { recursive: true });

const read = (file) => readFileSync(join(packages, file), 'utf8');
const write = (name, text) => writeFileSync(join(out, name), text.replace(/\n?\/\/# sourceMappingURL=.*\s*$/, '\n'));

write('swagger-ui.js', read('swagger-ui-dist/swagger-ui-bundle.js'));
write('swagger-ui.css', read('swagger-ui-dist/swagger-ui.css').replace(/\/\*# sourceMappingURL=.*\*\/\s*$/, ''));

// ReDoc fetches a picture from its makers' server.
const logo = 'https://cdn.redoc.ly/redoc/logo-mini.svg';
const nothing = 'data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==';
const redoc = read('redoc/bundles/redoc.standalone.js');
if (!redoc.includes(logo)) throw new Error('ReDoc has another picture now: look what it fetches');
write('redoc.js', redoc.replaceAll(logo, nothing));

for (const file of ['swagger-start.js', 'redoc-start.js']) copyFileSync(join(here, file), join(out, file));
write('licenses.txt', ['swagger-ui-dist/LICENSE', 'swagger-ui-dist/NOTICE', 'swagger-ui-dist/swagger-ui-bundle.js.LICENSE.txt',
  'redoc/LICENSE', 'redoc/bundles/redoc.standalone.js.LICENSE.txt'].map((file) => `${file}\n\n${read(file)}`).join('\n\n'));
