import { writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { JwksCacheTable } from '../../infra/constructs/jwks-cache-table.ts';
import { ReceiverFunction } from '../../infra/constructs/receiver-function.ts';
import { readExtraCa } from '../../infra/extra-ca.ts';
import { startFunctionProcess } from '../../local/functions/function-process.ts';
import { lambdaEnvironment } from '../../local/functions/lambda-environment.ts';
import { readLambdaFunction } from '../../local/functions/lambda-function.ts';
import { lambdaNode } from '../../local/functions/lambda-node.ts';
import { readCloudAssembly, type Stack as SynthesizedStack } from '../../local/template/cloud-assembly.ts';
import { findResources } from '../../local/template/template-resources.ts';
import { temporaryDirectory } from '../local/functions/bundle.ts';
import { listen, stopServer } from '../loopback-server.ts';
import { privateCa } from '../private-ca.ts';
import { writeShippedFile } from '../shipped-file.ts';
import { newTable } from '../tables.ts';

function written(name: string, content: string): string {
  const path = join(temporaryDirectory(), name);
  writeFileSync(path, content);
  return path;
}

describe('a file of extra CAs', () => {
  const line = expect.stringMatching(/^CN=Private CA of a test, valid until Nov .* 2126 GMT$/);

  it.each([
    ['one certificate', privateCa.ca, 1],
    ['several, with text between them', `# ours\n${privateCa.ca}\n\nsubject=x\n${privateCa.ca}\n`, 2],
    ['the line breaks of Windows', privateCa.ca.replaceAll('\n', '\r\n'), 1],
  ])('may have %s, and is described', (_what, content, count) => {
    expect(readExtraCa(written('ca.pem', content))).toMatchObject({
      certificates: Array.from({ length: count }, () => line),
    });
  });

  const OTHER = 'found other PEM, or broken, allowed: certificates in PEM';
  it.each([
    ['nothing', '', 'found no PEM, allowed: certificates in PEM'],
    ['a binary certificate', '0\u0082\u0001', 'found no PEM, allowed: '],
    ['a private key', privateCa.localhost.key, 'holds a private key, which would be deployed: '],
    [
      'a certificate, and the private key behind it',
      `${privateCa.ca}\n-----BEGIN RSA PRIVATE KEY-----\nMII=\n-----END RSA PRIVATE KEY-----`,
      'holds a private key',
    ],
    ['an encrypted private key', '-----BEGIN ENCRYPTED PRIVATE KEY-----\n', 'holds a private key'],
    ['a certificate request', privateCa.ca.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'), OTHER],
    ['what Node.js would skip behind a byte order mark', `\u00ef\u00bb\u00bf${privateCa.ca}`, OTHER],
    ['half a certificate', privateCa.ca.slice(0, 200), OTHER],
    [
      'a certificate whose content is none',
      privateCa.ca.replace(/\n[A-Za-z0-9+/=]+\n/, '\nMIIB\n'),
      'certificate 1 cannot be read',
    ],
  ])('with %s is refused', (_what, content, problem) => {
    const path = written('ca.pem', content);
    expect(() => readExtraCa(path)).toThrow(`${path}: ${problem}`);
  });

  it('that is not there is refused', () => {
    expect(() => readExtraCa('/no/such/ca.pem')).toThrow('/no/such/ca.pem: cannot be read (ENOENT)');
  });
});

/** Serves a discovery document and a JWKS under the certificate. */
async function startHttpsIssuer(certificate: { key: string; cert: string }) {
  const requests: string[] = [];
  const { publicKey } = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: 'a', alg: 'ES256' };
  const server = createServer(certificate, ({ url = '' }, response) => {
    requests.push(url);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(url === '/jwks' ? { keys: [jwk] } : { issuer, jwks_uri: `${issuer}/jwks` }));
  });
  const issuer = (await listen(server)).replace('http://127.0.0.1', 'https://localhost');
  onTestFinished(() => stopServer(server));
  return { issuer, requests };
}

describe('a function that fetches keys', () => {
  let stacks: { readonly with: SynthesizedStack[]; readonly without: SynthesizedStack[] };

  beforeAll(() => {
    const synthesized = (extraCaCertificates?: string) => {
      const app = new App({ builtinCloudFormationValidation: false });
      const stack = new Stack(app, 'Stack');
      const { table } = new JwksCacheTable(stack, 'Table');
      new ReceiverFunction(stack, 'Refresh', {
        folder: 'jwks-refresh',
        description: 'fetches keys',
        timeout: Duration.seconds(30),
        environment: { JWKS_CACHE_TABLE_NAME: table.tableName, JWKS_REFRESH_AHEAD_SECONDS: '420' },
        readsRelyingParties: true,
        fetchesKeys: true,
        settings: {
          service: 'logout-receiver',
          logRetention: RetentionDays.ONE_DAY,
          shippedRelyingParties: '',
          ...(extraCaCertificates !== undefined && { extraCaCertificates }),
        },
      });
      return readCloudAssembly(app.synth().directory);
    };
    stacks = { with: synthesized(privateCa.ca), without: synthesized() };
  });

  it.each([
    [
      'asks an issuer whose certificate is of an extra CA',
      'with',
      privateCa.localhost,
      ['/.well-known/openid-configuration', '/jwks'],
    ],
    ['asks none of such issuers where the CA is not given', 'without', privateCa.localhost, []],
    ['asks none whose certificate has another name, whoever signed it', 'with', privateCa.other, []],
  ] as const)('%s', async (_what, which, certificate, expected) => {
    const { issuer, requests } = await startHttpsIssuer(certificate);
    const table = await newTable('jwksCache');
    const [resource] = findResources(stacks[which], 'AWS::Lambda::Function');
    const lambda = readLambdaFunction(stacks[which], resource?.ids.attributes.Arn ?? '');
    const relyingParty = { issuer, clientId: 'shop', allowPrivateAddresses: true };
    writeShippedFile(lambda.directory, [relyingParty]);
    const environment = {
      ...lambdaEnvironment(lambda, { dynamodb: inject('dynamodbEndpoint') }, Date.now()),
      JWKS_CACHE_TABLE_NAME: table.tableName,
    };
    const refresh = startFunctionProcess(
      lambda,
      lambdaNode(lambda.runtime, () => undefined),
      environment,
    );
    onTestFinished(() => refresh.end());
    await refresh.invoke({});
    expect(requests).toEqual(expected);
  });
});
