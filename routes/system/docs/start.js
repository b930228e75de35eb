// Swagger UI keeps what has been authorised under this name, and so do the buttons.
const kept = 'authorized';

// get returns the JSON at a path of this server, or undefined.
async function get(path, token) {
  const response = await fetch(path, token ? {headers: {Authorization: `Bearer ${token}`}} : {});
  return response.ok ? response.json() : undefined;
}

// fill gives the parameters of paths values that exist, so that what is tried succeeds as it stands.
function fill(contract, resources) {
  for (const [path, item] of Object.entries(contract.paths)) {
    const values = {id: resources[path.split('/')[2]], file: 'default-person.jpg'};
    for (const parameter of Object.values(item).flatMap(operation => operation.parameters ?? [])) {
      if (parameter.in === 'path') parameter.example = values[parameter.name] ?? parameter.example;
    }
  }
}

// Swagger UI takes a route that may be called without signing in for one that has been signed in to.
const locks = () => ({statePlugins: {auth: {wrapSelectors: {
  isAuthorized: original => (_, security) => original(security?.filter(way => !way.isEmpty())),
}}}});

async function start() {
  let token = JSON.parse(localStorage.getItem(kept) ?? '{}').session?.value;
  const me = token && await get('/v1/me', token);
  if (token && !me) { // it has expired
    localStorage.removeItem(kept);
    token = undefined;
  }
  const [contract, open, own, bookings] = await Promise.all([
    get('/openapi.json'),
    get('/v1/recruitments?limit=1'),
    me?.role === 'stylist' ? get('/v1/me/recruitments?limit=1', token) : undefined,
    me && get('/v1/me/bookings?limit=1', token),
  ]);
  const recruitment = own?.items[0] ?? open?.items[0];
  fill(contract, {recruitments: recruitment?.id, stylists: recruitment?.stylist.id, bookings: bookings?.items[0]?.id});
  for (const operation of Object.values(contract.paths).flatMap(Object.values)) {
    if (operation.security?.length > 1) operation.summary += ' (signing in is optional)';
  }
  // The page may ask nobody else, whatever URL clients are told.
  contract.servers = [{url: location.origin}];

  const signedIn = document.getElementById('signed-in');
  if (me && signedIn) signedIn.textContent = `Signed in: ${me.name} (${me.role})`;
  for (const button of document.querySelectorAll('button[data-email]')) {
    button.disabled = false;
    button.onclick = async () => {
      const response = await fetch('/v1/login/email', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify({...button.dataset})});
      const session = await response.json();
      if (!response.ok) {
        signedIn.textContent = session.detail;
        return;
      }
      localStorage.setItem(kept, JSON.stringify({session: {name: 'session', schema: contract.components.securitySchemes.session, value: session.accessToken}}));
      location.reload(); // for values that exist for whoever has signed in
    };
  }

  SwaggerUIBundle({
    spec: contract,
    dom_id: '#docs',
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [locks],
    persistAuthorization: true,
    deepLinking: true,
    filter: true,
    defaultModelsExpandDepth: -1,
    // No host but this one is asked whether the document is valid.
    validatorUrl: null,
  });
}

start();
