// node examples.js REPORT URL [--save]: whether the examples that are saved in
// the collection still show what was answered in a run of newman against the
// server at this URL, told by newman's JSON report. With --save, the answers of
// the run are saved in their place.
const fs = require('fs');
const path = require('path');

const file = path.join(__dirname, 'freety.postman_collection.json');
const [report, url, save] = process.argv.slice(2);
const {collection, run} = JSON.parse(fs.readFileSync(report));
const saved = JSON.parse(fs.readFileSync(file));
const {values} = require('./freety.postman_environment.json');
const shownUrl = values.find(({key}) => key === 'baseUrl').value;

// The headers that are worth showing; the others differ with every run.
const shown = ['Content-Type', 'Location', 'Allow'];

// example is the answer as an example of its request; nothing for a picture, a page and the OpenAPI document.
function example(request, {code, status, header, stream}) {
  const headers = shown.flatMap(key => header.filter(h => h.key.toLowerCase() === key.toLowerCase()).map(({value}) => ({key, value: value.replaceAll(url, shownUrl)})));
  let body = Buffer.from(stream.data).toString().replaceAll(url, shownUrl);
  const type = (headers.find(({key}) => key === 'Content-Type') || {value: ''}).value;
  if (body && !/^(application\/(problem\+)?json|text\/plain)/.test(type)) return;
  if (/json/.test(type)) {
    // A whole token looks to those who search for lost ones as if it were one.
    body = JSON.stringify(JSON.parse(body), (key, value) => /Token$/.test(key) ? value.slice(0, 8) + '…' : value, 2);
  }
  return {name: `${code} ${status}`, originalRequest: request, status, code, _postman_previewlanguage: /json/.test(type) ? 'json' : 'text', header: headers, cookie: [], body};
}

// difference is the first place in which the answers differ in more than their values; lists are told by their first entries.
function difference(a, b, at = 'body') {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return '';
  if (Array.isArray(a)) return a.length && b.length ? difference(a[0], b[0], at + '[0]') : '';
  const alone = [...Object.keys(a), ...Object.keys(b)].find(name => !(name in a && name in b));
  if (alone) return `${at}.${alone}`;
  for (const name of Object.keys(a)) {
    const found = difference(a[name], b[name], `${at}.${name}`);
    if (found) return found;
  }
  return '';
}

const parsed = ({_postman_previewlanguage: language, body}) => language === 'json' ? JSON.parse(body) : body;

// A request that was sent several times has its last answer.
const answers = new Map(run.executions.map(({item, response}) => [item.id, response]));
let stale = 0;
saved.item.forEach((folder, i) => folder.item.forEach((request, j) => {
  const answer = answers.get(collection.item[i].item[j].id);
  const now = answer && example(request.request, answer);
  if (save) {
    request.response = now ? [now] : [];
    return;
  }
  const before = request.response[0];
  let fault = '';
  if (Boolean(now) !== Boolean(before)) fault = before ? 'is no longer answered' : 'is missing';
  else if (now && JSON.stringify([now.code, now.originalRequest]) !== JSON.stringify([before.code, before.originalRequest])) fault = 'is of another request or status';
  else if (now) fault = difference(parsed(now), parsed(before));
  if (fault) {
    stale++;
    console.error(`The example of "${folder.name}: ${request.name}" is old: ${fault}`);
  }
}));
if (save) fs.writeFileSync(file, JSON.stringify(saved, null, '\t') + '\n');
if (stale) {
  console.error('tools/flow --save saves them anew');
  process.exitCode = 1;
}
