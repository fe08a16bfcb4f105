// Validates every GraphQL document of plugins/shopify/Queries.h against the official schemas.
//   npm install && SPOKEHUB_SPECS=/path/to/specs npm test
// SPOKEHUB_SPECS names the folder that holds shopify/admin-2026-07.graphql and shopify/admin-2026-01.graphql.
import { buildSchema, parse, validate } from 'graphql';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const specs = process.env.SPOKEHUB_SPECS;
if (!specs) {
  console.error('SPOKEHUB_SPECS must name the folder of the schemas');
  process.exit(2);
}

const header = join(dirname(fileURLToPath(import.meta.url)), '../../plugins/shopify/Queries.h');
const text = readFileSync(header, 'utf8');

const fragments = new Map(
  [...text.matchAll(/constexpr char (\w+)\[\] =\s*R"\(([^]*?)\)";/g)].map(([, name, body]) => [name, body]));
const documents = [
  ...[...text.matchAll(/const char\* (\w+) =\s*R"\(([^]*?)\)";/g)].map(([, name, body]) => [name, body]),
  ...[...text.matchAll(/auto (\w+)Text =\s*join\(\s*R"\(([^]*?)\)",\s*(\w+)\);/g)].map(
    ([, name, body, fragment]) => [name, body + fragments.get(fragment)]),
];

// Nothing may slip through the patterns above: as many documents as there are operations.
const operations = (text.match(/^(query|mutation) /gm) ?? []).length;
if (documents.length === 0 || documents.length !== operations) {
  console.error(`found ${documents.length} documents, but ${operations} operations in ${header}`);
  process.exit(1);
}

let failures = 0;
for (const version of ['2026-07', '2026-01']) {
  const schema = buildSchema(readFileSync(join(specs, `shopify/admin-${version}.graphql`), 'utf8'), { assumeValid: true });
  for (const [name, document] of documents) {
    for (const error of validate(schema, parse(document))) {
      console.error(`${version} ${name}: ${error.message}`);
      ++failures;
    }
  }
  console.log(`${version}: ${documents.length} documents checked`);
}
process.exit(failures === 0 ? 0 : 1);
