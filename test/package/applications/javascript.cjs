const { createServer } = require('node:http');
const { DynamoDBClient } = require('@aws-sdk/client-dynamodb');
const { DynamoDBDocumentClient } = require('@aws-sdk/lib-dynamodb');
const express = require('express');
const session = require('express-session');
const { ExpressSessionStore, extendStore, passportOpenidconnect } = require('logout-receiver/express-session');
const passport = require('passport');
const { Strategy } = require('passport-openidconnect');

const { ISSUER: issuer, CLIENT_ID: clientId, CLIENT_SECRET, COOKIE_SECRET, SESSIONS_TABLE_NAME } = process.env;
const store = new ExpressSessionStore({
  client: DynamoDBDocumentClient.from(new DynamoDBClient()),
  tableName: SESSIONS_TABLE_NAME,
  relyingParty: { issuer, clientId },
  identityOf: passportOpenidconnect({ issuer, clientId }),
});

const app = express();
const server = createServer(app).listen(0, '127.0.0.1', () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  passport.serializeUser((user, done) => done(null, user));
  passport.deserializeUser((user, done) => done(null, user));
  passport.use(
    'op',
    new Strategy(
      {
        issuer,
        authorizationURL: `${issuer}/auth`,
        tokenURL: `${issuer}/token`,
        userInfoURL: `${issuer}/me`,
        clientID: clientId,
        clientSecret: CLIENT_SECRET,
        callbackURL: `${url}/callback`,
      },
      (_issuer, { id }, _context, idToken, done) => done(null, { id, idToken }),
    ),
  );
  app.use(
    session({
      secret: COOKIE_SECRET,
      resave: false,
      saveUninitialized: false,
      store: extendStore(session.Store, store),
    }),
  );
  app.use(passport.session());
  app.get('/login', passport.authenticate('op'));
  app.get('/callback', passport.authenticate('op'), (_request, response) => response.redirect('/'));
  app.get('/', ({ user }, response) => response.send(user ? `signed in as ${user.id}` : 'anonymous'));
  console.log(url);
});
