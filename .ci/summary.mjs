import { readFileSync } from 'node:fs';

/** Of the tests' JSON reports in `coverage/` that the arguments name: which tests failed and why, and as the last line how many passed. */
const results = process.argv.slice(2).map((name) => JSON.parse(readFileSync(`coverage/${name}.json`, 'utf8')));

for (const { name, status, message, assertionResults } of results.flatMap(({ testResults }) => testResults)) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (status === 'failed' && failed.length === 0) {
    console.log(`FAILED ${name}\n${message}`);
  }
  for (const { fullName, failureMessages } of failed) {
    console.log(`FAILED ${name}: ${fullName}\n${failureMessages.join('\n')}`);
  }
}
const total = (of) => results.reduce((sum, result) => sum + result[of], 0);
console.log(
  `${total('numPassedTests')} passed, ${total('numFailedTests')} failed, ${total('numPendingTests')} skipped`,
);
