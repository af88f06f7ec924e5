// @ts-check
// Takes the place of the native part of aws-lambda-ric: the same requests to the Runtime API, by node:http, which the
// runtime client has loaded already. With each it tells the CPU time of the process.
const { Agent, request } = require('node:http');

const [hostname, port] = (process.env.AWS_LAMBDA_RUNTIME_API ?? '').split(':');
const agent = new Agent({ keepAlive: true });
const cpuMicroseconds = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};
let invokedAt = 0;

/** Waits for the next event. */
exports.next = async () => {
  const answer = await send('GET', 'invocation/next', '', {});
  invokedAt = cpuMicroseconds();
  return answer;
};

/**
 * @param {string} id
 * @param {string} body
 */
exports.done = (id, body) => report(`invocation/${id}/response`, body);

/**
 * @param {string} id
 * @param {string} body
 */
exports.error = (id, body) => report(`invocation/${id}/error`, body);

/**
 * @param {string} path
 * @param {string} body
 */
function report(path, body) {
  send('POST', path, body, { 'x-handler-cpu': cpuMicroseconds() - invokedAt }).catch(() => process.exit(1));
}

/**
 * @param {string} method
 * @param {string} path
 * @param {string} body
 * @param {Record<string, number>} headers
 * @returns {Promise<{ bodyJson: string, headers: import('node:http').IncomingHttpHeaders }>}
 */
function send(method, path, body, headers) {
  return new Promise((resolve, reject) => {
    const options = { agent, hostname, port, method, path: `/2018-06-01/runtime/${path}` };
    const sent = request({ ...options, headers: { ...headers, 'x-process-cpu': cpuMicroseconds() } }, (response) => {
      let bodyJson = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        bodyJson += chunk;
      });
      response.on('end', () => resolve({ bodyJson, headers: response.headers }));
    });
    sent.on('error', reject).end(body);
  });
}
