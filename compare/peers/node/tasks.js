// `yield`, `spawn_join` and `skynet`: what is made of async functions and their promises alone.
//
// An async function is called to spawn it, and runs at once up to its first await. To yield is to
// await a value that is there: the rest goes to the end of the queue of jobs, behind all others
// that can run, but not behind I/O (which setImmediate would let in, as others' yields do not).
'use strict';

const { statusBytes } = require('./machine.js');
const { nsPerOp, sumBelow } = require('./output.js');

async function runYield({ tasks, yields }) {
  async function yielder(gate) {
    await gate;
    let cameBack = 0;
    while (cameBack < yields) {
      await null;
      cameBack++;
    }
    return cameBack;
  }
  let open;
  const gate = new Promise((resolve) => { open = resolve; });
  const handles = Array.from({ length: tasks }, () => yielder(gate));

  const start = process.hrtime.bigint();
  open();
  let total = 0;
  for (const handle of handles) {
    total += await handle;
  }
  const elapsed = process.hrtime.bigint() - start;
  const ops = tasks * yields;
  return { metrics: [nsPerOp(elapsed, ops)], checksum: total, expected: ops, ops };
}

async function identity(index) {
  return index;
}

// Spawns a task for each index of the batch and joins all in order.
async function sumOfBatch(first, batch) {
  const handles = [];
  for (let i = 0; i < batch; i++) {
    handles.push(identity(first + i));
  }
  let sum = 0;
  for (const handle of handles) {
    sum += await handle;
  }
  return sum;
}

async function runSpawnJoin({ batch, rounds }) {
  await sumOfBatch(0, batch); // A round that does not count: it is mostly page faults.

  let sum = 0;
  const start = process.hrtime.bigint();
  for (let round = 0; round < rounds; round++) {
    sum += await sumOfBatch(round * batch, batch);
  }
  const elapsed = process.hrtime.bigint() - start;
  const ops = batch * rounds;
  return { metrics: [nsPerOp(elapsed, ops)], checksum: sum, expected: sumBelow(ops), ops };
}

const FAN_OUT = 10;

// The sum of the `size` leaves from `first` on.
async function skynet(first, size) {
  if (size === 1) {
    return first;
  }
  const part = size / FAN_OUT;
  const children = [];
  for (let i = 0; i < FAN_OUT; i++) {
    children.push(skynet(first + i * part, part));
  }
  let sum = 0;
  for (const child of children) {
    sum += await child;
  }
  return sum;
}

async function runSkynet({ depth }) {
  const leaves = FAN_OUT ** depth;
  const start = process.hrtime.bigint();
  const sum = await skynet(0, leaves);
  const elapsed = process.hrtime.bigint() - start;
  const peak = { metric: 'rss_bytes', unit: 'B', value: statusBytes('VmHWM') };
  return {
    metrics: [nsPerOp(elapsed, leaves), peak],
    checksum: sum,
    expected: sumBelow(leaves),
    ops: leaves,
  };
}

module.exports = { runSkynet, runSpawnJoin, runYield };
