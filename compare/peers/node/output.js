// What the program prints: a JSON object a line, the check line last, and the exit status.
'use strict';

const fs = require('node:fs');

const EXIT_USAGE = 2;
const EXIT_FAILED = 3;
const EXIT_UNSUPPORTED = 4;

class UsageError extends Error {}

// Written at once: what console.log gives to a pipe may be lost when the process exits.
function printLine(object) {
  fs.writeSync(1, `${JSON.stringify(object)}\n`);
}

function failUsage(reason) {
  const program = process.argv[1];
  fs.writeSync(2, `${program}: ${reason}\nusage: ${program} list\n` +
    `       ${program} run WORKLOAD [--param KEY=VALUE]... [--workers N] [--seed S]\n`);
  process.exit(EXIT_USAGE);
}

function failed(detail) {
  printLine({ check: 'failed', detail });
  process.exit(EXIT_FAILED);
}

function unsupported(detail) {
  printLine({ check: 'unsupported', detail });
  process.exit(EXIT_UNSUPPORTED);
}

// A workload's result: its metrics, what it computed and what that should be (numbers or bigints),
// and how many operations the figures are per. Only a checked answer gets its figures printed.
function finish({ metrics, checksum, expected, ops }) {
  if (BigInt(checksum) !== BigInt(expected)) {
    failed(`the checksum is ${checksum}, expected ${expected}`);
  }
  metrics.forEach(printLine);
  printLine({ check: 'ok', checksum: BigInt(checksum).toString(16).padStart(16, '0'), ops });
}

function nsPerOp(elapsedNs, ops) {
  return { metric: 'ns_per_op', unit: 'ns', value: Number(elapsedNs) / ops };
}

// 0 + 1 + ... + (n - 1), exact where a number would have rounded: what workloads expect that sum
// up indexes.
function sumBelow(n) {
  return BigInt(n) * BigInt(n - 1) / 2n;
}

module.exports = { UsageError, failUsage, failed, finish, nsPerOp, printLine, sumBelow, unsupported };
