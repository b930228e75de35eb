// node operations.js REPORT DOCUMENT: whether a run of newman, told by its JSON
// report, has called every operation of the OpenAPI document at this URL, once
// so that it succeeds and once so that it is refused.
const report = require(require('path').resolve(process.argv[2]));

const called = report.run.executions.map(({request, response}) => ({
  method: request.method.toLowerCase(),
  path: '/' + request.url.path.join('/'),
  code: response.code,
}));

function faults(document) {
  // A fixed path is told from one with a parameter before it, as the server does.
  const paths = Object.keys(document.paths).sort((a, b) => a.includes('{') - b.includes('{'))
    .map(path => ({path, pattern: new RegExp('^' + path.replace(/\{\w+}/g, '[^/]+') + '$')}));
  const of = call => (paths.find(({pattern}) => pattern.test(call.path)) || {}).path;

  const found = [];
  for (const {path} of paths) {
    for (const [method, {operationId, responses}] of Object.entries(document.paths[path])) {
      const codes = called.filter(call => call.method === method && of(call) === path).map(call => call.code);
      const name = `${method.toUpperCase()} ${path} (${operationId})`;
      if (!codes.length) found.push(`${name} has no request`);
      else if (!codes.some(code => code < 400)) found.push(`${name} has no request that succeeds`);
      else if (Object.keys(responses).some(code => code[0] === '4') && !codes.some(code => code >= 400 && code < 500)) found.push(`${name} has no request that is refused`);
    }
  }
  return found;
}

fetch(process.argv[3]).then(answer => answer.json()).then(document => {
  const found = faults(document);
  for (const fault of found) console.error('The collection is not complete: ' + fault);
  process.exitCode = found.length ? 1 : 0;
});
