// `deep_await`: a recursion through async functions.
//
// Each call runs at once, on the stack of its caller, until the innermost awaits: so a deep
// recursion needs a deep stack, which Node gives to a worker thread that asks for it.
'use strict';

const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { nsPerOp } = require('./output.js');

const STACK_MIB_FOR_100_000_FRAMES = 256;

async function descend(depth, suspend) {
  if (depth <= 1) {
    if (suspend) {
      await null;
    }
    return 1;
  }
  return await descend(depth - 1, suspend) + 1;
}

async function descendAgainAndAgain({ depth, repeats, suspend }) {
  let sum = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < repeats; i++) {
    sum += await descend(depth, suspend !== 0);
  }
  const elapsed = process.hrtime.bigint() - start;
  return { sum, elapsed };
}

async function runDeepAwait(params) {
  const { sum, elapsed } = await new Promise((resolve, reject) => {
    const resourceLimits = { stackSizeMb: STACK_MIB_FOR_100_000_FRAMES };
    const worker = new Worker(__filename, { workerData: params, resourceLimits });
    worker.on('message', resolve);
    worker.on('error', reject);
  });
  const ops = params.depth * params.repeats;
  return { metrics: [nsPerOp(elapsed, ops)], checksum: sum, expected: ops, ops };
}

if (!isMainThread) {
  descendAgainAndAgain(workerData).then((result) => parentPort.postMessage(result));
}

module.exports = { runDeepAwait };
