// Plain JavaScript, as in its documentation: its types do not take the memory store, whose items have no header.
// express-openid-connect as its documentation has it, with the memory store of express-session: a logout is an entry in
// the store of this process, which each request of a signed-in user looks for.
import express from 'express';
import { auth } from 'express-openid-connect';
import { MemoryStore } from 'express-session';
import { serve } from './served.ts';

const { ISSUER = '', CLIENT_ID = '', JWKS = '' } = process.env;

const discovery = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/auth`,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/jwks`,
  response_types_supported: ['code', 'id_token'],
  response_modes_supported: ['form_post', 'query'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
};

const application = express();
application.use(
  auth({
    issuerBaseURL: ISSUER,
    baseURL: 'http://127.0.0.1',
    clientID: CLIENT_ID,
    secret: 'of the cookies, which nobody gets here',
    clientSecret: 'of nobody',
    authorizationParams: { response_type: 'code' },
    idTokenSigningAlg: 'RS256',
    authRequired: false,
    backchannelLogout: { store: new MemoryStore() },
    // It asks the issuer twice: for what it publishes, and for its keys.
    customFetch: async (url) => Response.json(String(url).endsWith('/jwks') ? JSON.parse(JWKS) : discovery),
  }),
);
serve(application);
