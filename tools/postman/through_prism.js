// node through_prism.js FOLDER URL COMMAND…: runs the command with the address of
// a proxy in place of the URL in its arguments. Prism, behind the proxy, holds
// the answers of the server at the URL to its OpenAPI document; one that violates
// it is answered with 500, printed, and fails the run. A file is left in the folder.
const {spawn} = require('child_process');
const {once} = require('events');
const fs = require('fs');
const http = require('http');
const path = require('path');

const [folder, url, ...command] = process.argv.slice(2);

async function listen(server) {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server.address().port;
}

async function startPrism(document) {
  // Prism would itself refuse who has no token.
  const open = JSON.parse(JSON.stringify(document), (key, value) => key === 'security' ? undefined : value);
  const file = path.join(folder, 'prism.json');
  fs.writeFileSync(file, JSON.stringify(open));
  const placeholder = http.createServer();
  const port = await listen(placeholder);
  placeholder.close();
  const prism = spawn(path.join(__dirname, 'node_modules/.bin/prism'),
    ['proxy', file, url, '--host', '127.0.0.1', '--port', port, '--errors', '--validate-request', 'false', '--verboseLevel', 'warn'],
    {stdio: ['ignore', 'ignore', 'inherit']});
  process.on('exit', () => prism.kill());
  prism.on('exit', () => process.exit(1));
  const address = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 120_000; Date.now() < deadline; await new Promise(resolve => setTimeout(resolve, 100))) {
    if (await fetch(address).catch(() => false)) return address;
  }
  throw new Error('Prism was not ready within 120 seconds');
}

// readable is whether Prism can read a body: not a multipart one, nor what only calls itself JSON.
function readable(type = '', body) {
  if (type.startsWith('multipart/')) return false;
  if (!type.includes('json') || !body.length) return true;
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

async function main() {
  const document = await (await fetch(url + '/openapi.json')).json();
  const prism = await startPrism(document);
  const paths = Object.entries(document.paths).map(([path, operations]) => ({operations, pattern: new RegExp('^' + path.replace(/\{\w+}/g, '[^/]+') + '$')}));
  const described = ({method, url: target}) => paths.some(({operations, pattern}) => pattern.test(target.split('?')[0]) && method.toLowerCase() in operations);

  let checked = 0, violations = 0;
  const proxy = http.createServer(async (request, response) => {
    const sent = Buffer.concat(await request.toArray());
    const checks = described(request) && readable(request.headers['content-type'], sent);
    const onward = http.request((checks ? prism : url) + request.url, {method: request.method, headers: request.headers}).end(sent);
    const [answer] = await once(onward, 'response');
    const body = Buffer.concat(await answer.toArray());
    checked += checks;
    // For Prism a 4xx that is not in the document is worth a header, and no error.
    const violation = body.includes('prism/errors#') ? body : answer.headers['sl-violations'];
    if (violation) {
      violations++;
      console.error(`${request.method} ${request.url} does not answer as its document says: ${violation}`);
    }
    response.writeHead(answer.statusCode, answer.rawHeaders).end(body);
  });
  const address = `http://127.0.0.1:${await listen(proxy)}`;

  const [program, ...args] = command.map(argument => argument.replaceAll(url, address));
  const [status] = await once(spawn(program, args, {stdio: 'inherit'}), 'exit');
  console.error(`${checked} answers were held to the document, ${violations} violate it.`);
  process.exit(status || (violations || !checked ? 1 : 0));
}

main();
