#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const bundle = join(__dirname, '../dist/cli.cjs');
if (existsSync(bundle)) {
  require(bundle);
} else {
  console.error(`throughline is not built yet: ${bundle} is missing. Run "npm run build" in the repository first.`);
  process.exitCode = 2;
}
