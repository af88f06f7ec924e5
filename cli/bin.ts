#!/usr/bin/env node
import { runCommandLine } from './command-line.ts';
import { EXIT } from './exit-code.ts';

process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // Whoever reads the output may have seen enough, as `head` does.
  if (code === 'EPIPE') {
    process.exit();
  }
  process.stderr.write(`logout-receiver: the output cannot be written (${code})\n`);
  process.exit(EXIT.failed);
});

// The AWS SDK is in the bundle of this program: what later versions of it need is nothing to whoever runs it.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const { stdin, stdout, stderr, env } = process;
process.exitCode = await runCommandLine(process.argv.slice(2), {
  input: stdin,
  output: stdout,
  errors: stderr,
  environment: env,
});
