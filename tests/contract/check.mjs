// node check.mjs TRAFFIC: holds what the tests asked and were answered (the file that SPOKEHUB_TRAFFIC named) against the
// API's document as the hub served it in the same run, and lints that document. Whatever a route answers must stand there:
// status, type, every member, every header. Of what was accepted, the request too.
import Ajv from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const exchanges = readFileSync(process.argv[2], 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const shown = exchanges.findLast((one) => one.target === '/api/v1/openapi.json' && one.status === 200);
if (!shown) {
  console.error('nobody asked for /api/v1/openapi.json: run OpenApiTest with the others');
  process.exit(2);
}
const document = JSON.parse(shown.answer);

// ------------------------------------------------------------------ the document

const here = dirname(fileURLToPath(import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'spokehub-contract-'));
writeFileSync(join(folder, 'openapi.json'), shown.answer);
try {
  execFileSync(join(here, 'node_modules/.bin/spectral'),
    ['lint', '--ruleset', join(here, 'spectral.yaml'), '--fail-severity', 'warn', join(folder, 'openapi.json')],
    { stdio: ['ignore', 'inherit', 'inherit'] });
} catch {
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
addFormats(ajv, ['date-time']);
ajv.addFormat('int64', true);
ajv.addSchema(document, 'document');

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation, good: 0 })));
for (const one of operations) {
  const pieces = one.path.split('/');
  one.literals = pieces.map((piece) => (piece.startsWith('{') ? '0' : '1')).join('');
  const text = pieces.map((piece) => (piece === '{topic}' ? '.+' : piece.startsWith('{') ? '[^/]+' : piece.replaceAll('.', '\\.')));
  one.expression = new RegExp(`^${text.join('/')}$`);
}
operations.sort((one, other) => (one.literals < other.literals ? 1 : -1));

const resolve = (thing) =>
  thing?.$ref ? thing.$ref.slice(2).split('/').reduce((at, key) => at[key.replaceAll('~1', '/').replaceAll('~0', '~')], document) : thing;
const pointer = (...keys) => '#/' + keys.map((key) => encodeURIComponent(String(key).replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');

// ------------------------------------------------------------------ the exchanges

const complaints = new Map();
const complain = (one, what) => {
  const text = `${one.method} ${one.path}: ${what}`;
  complaints.set(text, (complaints.get(text) ?? 0) + 1);
};

const validators = new Map();
function check(one, what, reference, value) {
  if (!validators.has(reference)) validators.set(reference, ajv.compile({ $ref: 'document' + reference }));
  const validate = validators.get(reference);
  if (validate(value)) return;
  for (const error of validate.errors.slice(0, 3))
    complain(one, `${what}${error.instancePath.replace(/\/\d+/g, '/N')} ${error.message} ${JSON.stringify(error.params)}`);
}

const typeOf = (header) => (header ?? '').split(';')[0].trim().toLowerCase();
const fits = (pattern, type) => new RegExp(`^${pattern.replaceAll('*', '[^/]*').replaceAll('+', '\\+')}$`).test(type);
const everywhere = new Set(['content-length', 'transfer-encoding', 'content-type', 'date', 'connection', 'x-content-type-options', 'x-request-id', 'x-frame-options',
  'referrer-policy', 'strict-transport-security', 'vary', 'access-control-allow-origin', 'access-control-expose-headers']);

function checkAnswer(one, exchange) {
  const documented = one.operation.responses[exchange.status];
  if (!documented) return complain(one, `${exchange.status} is not documented: ${exchange.answer.slice(0, 200)}`);
  const response = resolve(documented);
  const headers = new Map(exchange.answer_headers.map(([name, value]) => [name.toLowerCase(), value]));
  const known = new Set(Object.keys(response.headers ?? {}).map((name) => name.toLowerCase()));
  for (const name of headers.keys())
    if (!everywhere.has(name) && !known.has(name)) complain(one, `${exchange.status} has the header ${name}, which is not documented`);
  if (!headers.has('x-request-id')) complain(one, `${exchange.status} has no X-Request-Id`);
  if (exchange.method === 'HEAD') return;
  const type = typeOf(headers.get('content-type'));
  const media = Object.keys(response.content ?? {}).find((each) => fits(each, type));
  if (!response.content) {
    if (exchange.answer !== '') complain(one, `${exchange.status} has a body, and none is documented`);
    return;
  }
  if (!media && type === '' && exchange.answer === '') return;
  if (!media) return complain(one, `${exchange.status} is ${type || 'of no type'}, which is not documented`);
  if (!type.endsWith('json')) return;
  const base = documented.$ref ?? pointer('paths', one.path, one.method.toLowerCase(), 'responses', exchange.status);
  check(one, `${exchange.status} answer`, `${base}/content/${encodeURIComponent(media.replaceAll('/', '~1'))}/schema`, JSON.parse(exchange.answer));
}

function checkRequest(one, exchange) {
  const parameters = (one.operation.parameters ?? []).map(resolve);
  const query = new URL('http://hub' + exchange.target).searchParams;
  for (const name of query.keys())
    if (one.path.startsWith('/api/v1') && !parameters.some((each) => each.in === 'query' && each.name === name))
      complain(one, `takes the parameter ${name}, which is not documented`);
  const asked = new Map(exchange.headers.map(([name, value]) => [name.toLowerCase(), value]));
  if (asked.has('idempotency-key') && !parameters.some((each) => each.name === 'Idempotency-Key'))
    complain(one, 'was given an Idempotency-Key, which is not documented');
  if (!exchange.body || !one.operation.requestBody || /\/bulk(\/|$)/.test(one.path)) return; // a row may be wrong there
  const [media] = Object.keys(one.operation.requestBody.content);
  if (media !== 'application/json') return;
  check(one, 'body', pointer('paths', one.path, one.method.toLowerCase(), 'requestBody', 'content', media, 'schema'), JSON.parse(exchange.body));
}

// The tests have other servers too; only the hub answers so.
const isHubs = (exchange, path) => /^\/(health|(t\/[^/]+\/)?webhooks\/)/.test(path) ||
  exchange.answer_headers.some(([name]) => name.toLowerCase() === 'referrer-policy');

let held = 0;
for (const exchange of exchanges) {
  const path = exchange.target.split('?')[0];
  if (!isHubs(exchange, path)) continue;
  const method = exchange.method === 'HEAD' ? 'GET' : exchange.method;
  const one = operations.find((each) => each.method === method && each.expression.test(path));
  if (!one) {
    if (![400, 404, 405, 501].includes(exchange.status)) complain({ method, path }, `${exchange.status}, and the document has no such route`);
    continue;
  }
  ++held;
  checkAnswer(one, exchange);
  one.refused ||= exchange.status === 412;
  if (exchange.status >= 200 && exchange.status < 300) {
    ++one.good;
    checkRequest(one, exchange);
  }
}

// ------------------------------------------------------------------ the verdict

// Handshakes, other tenants' webhooks, and what the sandbox's spoke cannot do.
const seldom = (one) => one.path.includes('/{tenant}/') || one.path.endsWith('/subscriptions') ||
  (one.path.startsWith('/webhooks/') && (one.method === 'GET' || one.path.includes('{topic}')));
for (const one of operations) {
  if (one.good === 0 && !seldom(one))
    complain(one, 'was never seen to succeed: no test asks for it');
  if (one.operation.responses['412'] && !one.refused)
    complain(one, 'heeds If-Match, and no test saw it refused');
}
for (const [text, times] of complaints) console.error(`${text}${times > 1 ? ` (${times} times)` : ''}`);
console.log(`${operations.length} operations, ${held} of ${exchanges.length} exchanges held against the document, ${complaints.size} complaints`);
if (complaints.size > 0) process.exitCode = 1;
